"""A linear layer without bias."""

import torch
from torch import Tensor
from torch.nn import functional

from inference_server.ops.dispatch import Kernel, on_cuda
from inference_server.ops.linear.skinny_matmul import can_multiply

_HALF = (torch.float16, torch.bfloat16)


def _kernel() -> Kernel:
    from inference_server.ops.linear.skinny_matmul_kernel import linear

    return linear


def _is_skinny(x: Tensor, weight: Tensor) -> bool:
    if x.dim() != 2 or x.dtype not in _HALF or torch.is_grad_enabled():
        return False
    return can_multiply(x) and x.is_contiguous() and weight.is_contiguous()


@on_cuda(_kernel, when=_is_skinny)
def linear(x: Tensor, weight: Tensor) -> Tensor:
    """x [..., C], weight [N, C] of one dtype -> x · weightᵀ [..., N]"""
    return functional.linear(x, weight)
