"""Products in FP8: rows of e4m3 numbers, each row with a scale of its own.

A row is scaled by its own largest number or by one that calibration fixed, never by its neighbors:
a batch cannot change how a row is quantized.
"""

from torch import Tensor

from inference_server.ops.dispatch import Kernel, on_cuda
from inference_server.ops.quantized_rows import E4M3, E4M3_MAX, LEAST_AMAX, QuantizedRows

# The FP8 products of the tensor cores take multiples of it, except as the number of rows.
_GRANULE = 16


def _quantize_kernel() -> Kernel:
    from inference_server.ops.quantized.quantize_kernel import quantize_rows

    return quantize_rows


@on_cuda(_quantize_kernel)
def quantize_rows(x: Tensor, scale: Tensor | None = None) -> QuantizedRows:
    """Quantizes x [R, C].

    `scale` [1] float32 holds for every row and clips what is beyond it; None gives each row its
    own, which puts its largest number at the end of the range.
    """
    numbers = x.float()
    if scale is None:
        scales = numbers.abs().amax(dim=1, keepdim=True).clamp(min=LEAST_AMAX) * (1 / E4M3_MAX)
    else:
        scales = scale.expand(len(x), 1).contiguous()
    values = (numbers * scales.reciprocal()).clamp(-E4M3_MAX, E4M3_MAX).to(E4M3)
    return QuantizedRows(values, scales, x.dtype)


def _product_kernel() -> Kernel:
    from inference_server.ops.quantized.scaled_linear_kernel import scaled_linear

    return scaled_linear


def _has_fp8_shape(_x: QuantizedRows, weight: Tensor, _weight_scales: Tensor) -> bool:
    return not any(size % _GRANULE for size in weight.shape)


@on_cuda(_product_kernel, when=_has_fp8_shape)
def scaled_linear(x: QuantizedRows, weight: Tensor, weight_scales: Tensor) -> Tensor:
    """x [R, C], weight [N, C] e4m3 with scales [N] float32 -> x · weightᵀ [R, N] in x's dtype

    The kernel sums in another order and width.
    """
    return (x.values.float() @ weight.float().t() * x.scales * weight_scales).to(x.dtype)
