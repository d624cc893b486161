"""FP8 products on the tensor cores: few rows by the skinny matmul kernel, more by torch.

In both, sums within the tensor cores keep fewer bits than float32, but more than the quantized
numbers have, so that they can stay there until the end.
"""

import torch
from torch import Tensor

from inference_server.ops.linear import skinny_matmul_kernel
from inference_server.ops.linear.skinny_matmul import can_multiply
from inference_server.ops.quantized_rows import QuantizedRows


def scaled_linear(x: QuantizedRows, weight: Tensor, weight_scales: Tensor) -> Tensor:
    """Kernel for `scaled_linear`. The sizes of weight are multiples of 16."""
    if not len(x.values):
        # A step that samples no token has no rows here, which not all of torch's products accept.
        return weight.new_empty(0, len(weight), dtype=x.dtype)
    if can_multiply(x.values):
        return skinny_matmul_kernel.scaled_linear(x, weight, weight_scales)
    return torch._scaled_mm(  # noqa: SLF001 # pyright: ignore[reportPrivateImportUsage]
        x.values,
        weight.t(),
        scale_a=x.scales,
        scale_b=weight_scales[None],
        out_dtype=x.dtype,
        use_fast_accum=True,
    )
