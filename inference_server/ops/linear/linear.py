"""A linear layer without bias."""

import torch
from torch import Tensor
from torch.nn import functional

_HALF = (torch.float16, torch.bfloat16)


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """x [..., C], weight [N, C] of one dtype -> x · weightᵀ [..., N]

    Differentiable where gradients are on.
    """
    if x.is_cuda and x.dim() == 2 and x.dtype in _HALF and not torch.is_grad_enabled():
        from inference_server.ops.linear import skinny_matmul_kernel

        if skinny_matmul_kernel.can_multiply(x) and x.is_contiguous() and weight.is_contiguous():
            return skinny_matmul_kernel.linear(x, weight)
    return functional.linear(x, weight)
