"""Kernels run on the GPU where there is one, else in Triton's interpreter, corrected here."""

from typing import Any

import pytest
import torch

if not torch.cuda.is_available():
    import numpy as np
    import triton.language as tl
    from triton.runtime import interpreter
    from triton.runtime.interpreter import TensorHandle

    patch_tensor = interpreter._patch_lang_tensor

    def patch_tensor_and_index(tensor: type, scope: interpreter._LangPatchScope) -> None:
        """The interpreter's scalars have one dimension, so numpy 2.4 rejects them as indices."""
        patch_tensor(tensor, scope)
        scope.set_attr(tensor, "__index__", lambda self: self.handle.data.item())

    interpreter._patch_lang_tensor = patch_tensor_and_index

    def numbers(factor: TensorHandle) -> Any:
        """The interpreter keeps what numpy does not know as bits."""
        given, wanted = factor.dtype.scalar, tl.float16 if factor.data.itemsize == 1 else tl.float32
        if given in (tl.bfloat16, tl.float8e4nv):
            held = np.float16 if wanted == tl.float16 else np.float32
            return interpreter._convert_float(factor.data, given, wanted, None).view(held)
        return factor.data

    def multiply_in_order(builder: Any, a: Any, b: Any, d: Any, *rest: Any) -> TensorHandle:
        """Sums 16 columns at a time, as tensor cores do. The interpreter leaves the order to BLAS,
        which takes another for other shapes: neighbors would change the bits of a row.
        """
        a, b, total = numbers(a).astype(np.float64), numbers(b).astype(np.float64), d.data
        for start in range(0, a.shape[1], 16):
            columns = slice(start, start + 16)
            total = (total + a[:, columns] @ b[columns]).astype(d.data.dtype)
        return TensorHandle(total, d.dtype.scalar)

    setattr(interpreter.InterpreterBuilder, "create_dot", multiply_in_order)  # noqa: B010

    convert = interpreter._convert_float

    rounded_by_torch = {tl.bfloat16: torch.bfloat16, tl.float8e4nv: torch.float8_e4m3fn}

    def round_as_torch(numbers: Any, given: Any, wanted: Any, rounding_mode: Any) -> Any:
        """The interpreter truncates to bfloat16, and loses carries when it rounds to FP8."""
        if given != tl.float32 or wanted not in rounded_by_torch:
            return convert(numbers, given, wanted, rounding_mode)
        bits = {2: torch.uint16, 1: torch.uint8}
        rounded = torch.tensor(numbers).to(rounded_by_torch[wanted])
        return rounded.view(bits[rounded.itemsize]).numpy().reshape(numbers.shape)

    interpreter._convert_float = round_as_torch


@pytest.fixture(scope="session")
def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
