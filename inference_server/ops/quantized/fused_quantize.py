"""Ops before an FP8 product, fused with the quantizing of their result.

A row goes from float32 to e4m3 directly and is not rounded to its dtype between.
"""

import torch
from torch import Tensor
from torch.nn.functional import rms_norm, silu

from inference_server.ops.dispatch import Kernel, on_cuda
from inference_server.ops.quantized.quantize import quantize_rows
from inference_server.ops.quantized_rows import QuantizedRows


def _squared_relu_kernel() -> Kernel:
    from inference_server.ops.quantized.quantize_kernel import quantize_squared_relu

    return quantize_squared_relu


@on_cuda(_squared_relu_kernel)
def quantize_squared_relu(x: Tensor, scale: Tensor | None = None) -> QuantizedRows:
    """max(x, 0)², quantized. x [R, C]; scale as in quantize_rows."""
    return _quantize(x.float().relu().square(), scale, x.dtype)


def _rms_norm_kernel() -> Kernel:
    from inference_server.ops.quantized.fused_quantize_kernel import quantize_rms_norm

    return quantize_rms_norm


@on_cuda(_rms_norm_kernel)
def quantize_rms_norm(
    x: Tensor,
    residual: Tensor | None,
    weight: Tensor,
    *,
    eps: float,
    scale: Tensor | None = None,
) -> tuple[QuantizedRows, Tensor]:
    """The norm of the sum, quantized, and the sum. x, residual [R, C], weight [C]"""
    total = x if residual is None else residual + x
    normed = rms_norm(total.float(), weight.shape, weight.float(), eps)
    return _quantize(normed, scale, x.dtype), total


def _gated_norm_kernel() -> Kernel:
    from inference_server.ops.quantized.fused_quantize_kernel import quantize_gated_norm

    return quantize_gated_norm


@on_cuda(_gated_norm_kernel)
def quantize_gated_norm(
    x: Tensor,
    gate: Tensor,
    weight: Tensor,
    *,
    num_groups: int,
    eps: float,
    scale: Tensor | None = None,
) -> QuantizedRows:
    """The gated group norm, quantized. x, gate [R, C], weight [C]"""
    groups = (x.float() * silu(gate.float())).unflatten(1, (num_groups, -1))
    normed = rms_norm(groups, groups.shape[-1:], eps=eps).flatten(1) * weight.float()
    return _quantize(normed, scale, gate.dtype)


def _quantize(x: Tensor, scale: Tensor | None, dtype: torch.dtype) -> QuantizedRows:
    return quantize_rows.reference(x, scale)._replace(dtype=dtype)
