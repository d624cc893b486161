"""The activations: of the language model's MLPs and the projector, and of the vision encoder's."""

import torch
from torch import Tensor
from torch.nn import functional


def squared_relu(x: Tensor) -> Tensor:
    """max(x, 0)², rounded once. x [..., C] -> [..., C]; differentiable where gradients are on."""
    if x.is_cuda and not torch.is_grad_enabled():
        from inference_server.ops.kernels.activation import squared_relu as on_cuda

        return on_cuda(x)
    return squared_relu_reference(x)


def squared_relu_reference(x: Tensor) -> Tensor:
    """What squared_relu is to compute."""
    return torch.relu(x).square()


def gelu(x: Tensor) -> Tensor:
    """x times the normal distribution's share below x. x [..., C] -> [..., C]

    Differentiable where gradients are on; elsewhere what comes back may lie where x was.
    """
    if x.is_cuda and not torch.is_grad_enabled():
        from inference_server.ops.kernels.activation import gelu as on_cuda

        return on_cuda(x)
    return gelu_reference(x)


def gelu_reference(x: Tensor) -> Tensor:
    """What gelu is to compute."""
    return functional.gelu(x)
