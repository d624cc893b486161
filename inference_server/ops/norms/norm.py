"""Norms of rows, and of rows that are first added to a residual. Computed in float32 throughout.

A sum is rounded to its dtype before it is normed.
"""

from torch import Tensor
from torch.nn import functional

from inference_server.ops.dispatch import Kernel, on_cuda, without_gradients


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x [..., C] and weight [C], both of one dtype -> [..., C] in that dtype, rounded once."""
    return functional.rms_norm(x, weight.shape, weight, eps)


def _rms_kernel() -> Kernel:
    from inference_server.ops.norms.norm_kernel import add_rms_norm

    return add_rms_norm


@on_cuda(_rms_kernel, when=without_gradients)
def add_rms_norm(x: Tensor, residual: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """x, residual [..., C]; weight [C] -> the norm of their sum, and the sum [..., C]"""
    total = residual + x
    return rms_norm(total, weight, eps), total


def _layer_kernel() -> Kernel:
    from inference_server.ops.norms.norm_kernel import add_layer_norm

    return add_layer_norm


@on_cuda(_layer_kernel, when=without_gradients)
def add_layer_norm(
    x: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """x, residual [..., C]; weight, bias [C] -> the norm of their sum, and the sum [..., C]"""
    total = residual + x
    return functional.layer_norm(total, weight.shape, weight, bias, eps), total
