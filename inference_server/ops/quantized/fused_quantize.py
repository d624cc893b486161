"""What stands before an FP8 product, with its rounding in the same launch.

A row goes from float32 to e4m3 at once, without the stop at its dtype that two launches make.
"""

import torch
from torch import Tensor
from torch.nn.functional import rms_norm, silu

from inference_server.ops.quantized.quantize import quantize_rows_reference
from inference_server.ops.quantized.quantized_rows import QuantizedRows


def quantize_squared_relu(x: Tensor, scale: Tensor | None = None) -> QuantizedRows:
    """max(x, 0)², rounded. x [R, C]; scale as in quantize_rows."""
    if x.is_cuda:
        from inference_server.ops.quantized.quantize_kernel import quantize_rows as on_cuda

        return on_cuda(x, scale, is_squared_relu=True)
    return quantize_squared_relu_reference(x, scale)


def quantize_squared_relu_reference(x: Tensor, scale: Tensor | None = None) -> QuantizedRows:
    """What quantize_squared_relu is to compute."""
    return _rounded(x.float().relu().square(), scale, x.dtype)


def quantize_rms_norm(
    x: Tensor,
    residual: Tensor | None,
    weight: Tensor,
    *,
    eps: float,
    scale: Tensor | None = None,
) -> tuple[QuantizedRows, Tensor]:
    """The norm of the sum, rounded, and the sum. x, residual [R, C], weight [C]; scale as above."""
    if x.is_cuda:
        from inference_server.ops.quantized.fused_quantize_kernel import (
            quantize_rms_norm as on_cuda,
        )

        return on_cuda(x, residual, weight, eps=eps, scale=scale)
    return quantize_rms_norm_reference(x, residual, weight, eps=eps, scale=scale)


def quantize_rms_norm_reference(
    x: Tensor,
    residual: Tensor | None,
    weight: Tensor,
    *,
    eps: float,
    scale: Tensor | None = None,
) -> tuple[QuantizedRows, Tensor]:
    """What quantize_rms_norm is to compute."""
    total = x if residual is None else residual + x
    normed = rms_norm(total.float(), weight.shape, weight.float(), eps)
    return _rounded(normed, scale, x.dtype), total


def quantize_gated_norm(
    x: Tensor,
    gate: Tensor,
    weight: Tensor,
    *,
    num_groups: int,
    eps: float,
    scale: Tensor | None = None,
) -> QuantizedRows:
    """The gated group norm, rounded. x, gate [R, C], weight [C]; scale as above."""
    if x.is_cuda:
        from inference_server.ops.quantized.fused_quantize_kernel import (
            quantize_gated_norm as on_cuda,
        )

        return on_cuda(x, gate, weight, num_groups=num_groups, eps=eps, scale=scale)
    return quantize_gated_norm_reference(
        x, gate, weight, num_groups=num_groups, eps=eps, scale=scale
    )


def quantize_gated_norm_reference(
    x: Tensor,
    gate: Tensor,
    weight: Tensor,
    *,
    num_groups: int,
    eps: float,
    scale: Tensor | None = None,
) -> QuantizedRows:
    """What quantize_gated_norm is to compute."""
    groups = (x.float() * silu(gate.float())).unflatten(1, (num_groups, -1))
    normed = rms_norm(groups, groups.shape[-1:], eps=eps).flatten(1) * weight.float()
    return _rounded(normed, scale, gate.dtype)


def _rounded(x: Tensor, scale: Tensor | None, dtype: torch.dtype) -> QuantizedRows:
    return quantize_rows_reference(x, scale)._replace(dtype=dtype)
