"""Products in FP8: rows of e4m3 numbers, each row with a scale of its own.

A row is scaled by what is in it, or by a number that calibration fixed, never by its neighbours:
who else is in a batch cannot change what a row is rounded to.
"""

import torch
from torch import Tensor

from inference_server.ops.quantized.quantized_rows import E4M3, E4M3_MAX, LEAST_AMAX, QuantizedRows

# The sizes that the tensor cores' FP8 products take are multiples of it, the number of rows apart.
_GRANULE = 16


def quantize_rows(x: Tensor, scale: Tensor | None = None) -> QuantizedRows:
    """Rounds x [R, C].

    `scale` [1] float32 holds for every row and clips what is beyond it; None takes each row's own,
    which puts its largest number at the end of the range.
    """
    if x.is_cuda:
        from inference_server.ops.quantized.quantize_kernel import quantize_rows as on_cuda

        return on_cuda(x, scale)
    return quantize_rows_reference(x, scale)


def quantize_rows_reference(x: Tensor, scale: Tensor | None = None) -> QuantizedRows:
    """What quantize_rows is to compute."""
    numbers = x.float()
    if scale is None:
        scales = numbers.abs().amax(dim=1, keepdim=True).clamp(min=LEAST_AMAX) * (1 / E4M3_MAX)
    else:
        scales = scale.expand(len(x), 1).contiguous()
    values = (numbers * scales.reciprocal()).clamp(-E4M3_MAX, E4M3_MAX).to(E4M3)
    return QuantizedRows(values, scales, x.dtype)


def scaled_linear(x: QuantizedRows, weight: Tensor, weight_scales: Tensor) -> Tensor:
    """x [R, C], weight [N, C] e4m3 with scales [N] float32 -> x · weightᵀ [R, N] in x's dtype"""
    if not len(x.values):
        # As of a step that samples from nobody; not every product of torch's takes it.
        return weight.new_empty(0, len(weight), dtype=x.dtype)
    if not weight.is_cuda or any(size % _GRANULE for size in weight.shape):
        return scaled_linear_reference(x, weight, weight_scales)

    from inference_server.ops.linear import skinny_matmul_kernel

    # In either, sums within the tensor cores keep fewer bits than float32 but more than what is
    # summed was rounded to, and need not be moved out in between.
    if skinny_matmul_kernel.can_multiply(x.values):
        return skinny_matmul_kernel.scaled_linear(x, weight, weight_scales)
    return torch._scaled_mm(  # noqa: SLF001 # pyright: ignore[reportPrivateImportUsage]
        x.values,
        weight.t(),
        scale_a=x.scales,
        scale_b=weight_scales[None],
        out_dtype=x.dtype,
        use_fast_accum=True,
    )


def scaled_linear_reference(x: QuantizedRows, weight: Tensor, weight_scales: Tensor) -> Tensor:
    """What scaled_linear is to compute, but for the order and width of its sums."""
    return (x.values.float() @ weight.float().t() * x.scales * weight_scales).to(x.dtype)
