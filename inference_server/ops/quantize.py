"""Products in FP8: rows of e4m3 numbers, each row with a scale of its own.

A row is scaled by what is in it, or by a number that calibration fixed, never by its neighbours:
who else is in a batch cannot change what a row is rounded to.
"""

import torch
from torch import Tensor

E4M3 = torch.float8_e4m3fn
E4M3_MAX = 448.0

# A row of zeros gets a scale too, since it is divided by.
_LEAST_AMAX = 1e-12

# The sizes that the tensor cores' FP8 products take are multiples of it, the rows of x excepted.
_GRANULE = 16


def quantize_rows(x: Tensor, scale: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """x [R, C] -> e4m3 [R, C] and scales [R, 1] float32, whose product is x, rounded.

    `scale` [1] float32 holds for every row and clips what is beyond it; None takes each row's own,
    which puts its largest number at the end of the range.
    """
    if x.is_cuda:
        from inference_server.ops.kernels.quantize import quantize_rows as quantize_rows_cuda

        return quantize_rows_cuda(x, scale)
    return quantize_rows_reference(x, scale)


def quantize_rows_reference(x: Tensor, scale: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """What quantize_rows is to compute."""
    x = x.float()
    if scale is None:
        scales = x.abs().amax(dim=1, keepdim=True).clamp(min=_LEAST_AMAX) * (1 / E4M3_MAX)
    else:
        scales = scale.expand(len(x), 1).contiguous()
    return (x * scales.reciprocal()).clamp(-E4M3_MAX, E4M3_MAX).to(E4M3), scales


def scaled_linear(
    x: Tensor, x_scales: Tensor, weight: Tensor, weight_scales: Tensor, *, dtype: torch.dtype
) -> Tensor:
    """x [R, K], weight [N, K] in e4m3, their scales [R, 1], [N] -> x · weightᵀ [R, N] in dtype"""
    if not x.is_cuda or weight.shape[0] % _GRANULE or weight.shape[1] % _GRANULE:
        return scaled_linear_reference(x, x_scales, weight, weight_scales, dtype=dtype)
    # Sums within the tensor cores keep fewer bits than float32 but more than what is summed was
    # rounded to; moving them out in between costs a quarter of the speed and more.
    return torch._scaled_mm(  # noqa: SLF001 # pyright: ignore[reportPrivateImportUsage]
        x,
        weight.t(),
        scale_a=x_scales,
        scale_b=weight_scales[None],
        out_dtype=dtype,
        use_fast_accum=True,
    )


def scaled_linear_reference(
    x: Tensor, x_scales: Tensor, weight: Tensor, weight_scales: Tensor, *, dtype: torch.dtype
) -> Tensor:
    """What scaled_linear is to compute, but for the order and width of its sums."""
    return (x.float() @ weight.float().t() * x_scales * weight_scales).to(dtype)
