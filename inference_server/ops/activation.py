"""The activation of the language model's MLPs and of the projector."""

import torch
from torch import Tensor


def squared_relu(x: Tensor) -> Tensor:
    """max(x, 0)², rounded once. x [..., C] -> [..., C]; differentiable where gradients are on."""
    if x.is_cuda and not torch.is_grad_enabled():
        from inference_server.ops.kernels.activation import squared_relu as on_cuda

        return on_cuda(x)
    return squared_relu_reference(x)


def squared_relu_reference(x: Tensor) -> Tensor:
    """What squared_relu is to compute."""
    return torch.relu(x).square()
