"""Kernels run on the GPU where there is one, and else in Triton's interpreter."""

from typing import Any

import pytest
import torch

if not torch.cuda.is_available():
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

    rounded_by_torch = {tl.bfloat16: torch.bfloat16, tl.float8e4nv: torch.float8_e4m3fn}

    def round_as_torch(numbers: Any, given: Any, wanted: Any, rounding_mode: Any) -> Any:
        """The interpreter cuts off what bfloat16 has no bits for, and loses carries in FP8."""
        if given != tl.float32 or wanted not in rounded_by_torch:
            return convert(numbers, given, wanted, rounding_mode)
        bits = {2: torch.uint16, 1: torch.uint8}
        rounded = torch.tensor(numbers).to(rounded_by_torch[wanted])
        return rounded.view(bits[rounded.itemsize]).numpy().reshape(numbers.shape)

    interpreter._convert_float = round_as_torch


@pytest.fixture(scope="session")
def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
