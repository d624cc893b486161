"""Kernels run on the GPU where there is one, and else in Triton's interpreter."""

import os
from typing import Any

import pytest
import torch

if not torch.cuda.is_available():
    # Read when triton is imported, which the modules that hold kernels do.
    os.environ["TRITON_INTERPRET"] = "1"

    import triton.language as tl
    from triton.runtime import interpreter

    patch_tensor = interpreter._patch_lang_tensor

    def patch_tensor_and_index(tensor: type, scope: interpreter._LangPatchScope) -> None:
        """The interpreter's scalars have one dimension, which numpy 2.4 takes for no scalar."""
        patch_tensor(tensor, scope)
        scope.set_attr(tensor, "__index__", lambda self: self.handle.data.item())

    interpreter._patch_lang_tensor = patch_tensor_and_index

    multiply = interpreter.InterpreterBuilder.create_dot

    def multiply_bfloat16(builder: Any, a: Any, b: Any, *rest: Any) -> Any:
        """The interpreter multiplies bfloat16 numbers by their bits."""
        if a.dtype.scalar == tl.bfloat16:
            a, b = (builder.cast_impl(factor, tl.float32) for factor in (a, b))
        return multiply(builder, a, b, *rest)

    setattr(interpreter.InterpreterBuilder, "create_dot", multiply_bfloat16)  # noqa: B010

    convert = interpreter._convert_float

    def round_to_bfloat16(numbers: Any, given: Any, wanted: Any, rounding_mode: Any) -> Any:
        """The interpreter cuts off what bfloat16 has no bits for."""
        if (given, wanted) != (tl.float32, tl.bfloat16):
            return convert(numbers, given, wanted, rounding_mode)
        rounded = torch.tensor(numbers).bfloat16().view(torch.uint16)
        return rounded.numpy().reshape(numbers.shape)

    interpreter._convert_float = round_to_bfloat16


@pytest.fixture(scope="session")
def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
