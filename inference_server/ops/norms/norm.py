"""Norms of rows, and of rows that are first added to a residual. Computed in float32 throughout.

A sum is rounded to its dtype before it is normed. All are differentiable where gradients are on.
"""

import torch
from torch import Tensor
from torch.nn import functional


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x [..., C] and weight [C], both of one dtype -> [..., C] in that dtype, rounded once."""
    return functional.rms_norm(x, weight.shape, weight, eps)


def add_rms_norm(x: Tensor, residual: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """x, residual [..., C]; weight [C] -> the norm of their sum, and the sum [..., C]"""
    if x.is_cuda and not torch.is_grad_enabled():
        from inference_server.ops.norms.norm_kernel import add_rms_norm as on_cuda

        return on_cuda(x, residual, weight, eps)
    return add_rms_norm_reference(x, residual, weight, eps)


def add_rms_norm_reference(
    x: Tensor, residual: Tensor, weight: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """What add_rms_norm is to compute."""
    total = residual + x
    return rms_norm(total, weight, eps), total


def add_layer_norm(
    x: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """x, residual [..., C]; weight, bias [C] -> the norm of their sum, and the sum [..., C]"""
    if x.is_cuda and not torch.is_grad_enabled():
        from inference_server.ops.norms.layer_norm_kernel import add_layer_norm as on_cuda

        return on_cuda(x, residual, weight, bias, eps)
    return add_layer_norm_reference(x, residual, weight, bias, eps)


def add_layer_norm_reference(
    x: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """What add_layer_norm is to compute."""
    total = residual + x
    return functional.layer_norm(total, weight.shape, weight, bias, eps), total
