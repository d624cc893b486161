"""The activations: of the language model's MLPs and the projector, and of the vision encoder's."""

import torch
from torch import Tensor
from torch.nn import functional


def squared_relu(x: Tensor) -> Tensor:
    """max(x, 0)², rounded once. x [..., C] -> [..., C]; differentiable where gradients are on."""
    if x.is_cuda and not torch.is_grad_enabled():
        from inference_server.ops.linear.activation_kernel import squared_relu as on_cuda

        return on_cuda(x)
    return squared_relu_reference(x)


def squared_relu_reference(x: Tensor) -> Tensor:
    """What squared_relu is to compute."""
    return torch.relu(x).square()


def linear_gelu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The GELU of a linear layer's y: y times the normal distribution's share below y.

    x [..., C], weight [N, C], bias [N] -> [..., N]

    In half precision on CUDA, where gradients are off, the product's epilogue computes it by its
    tanh form (https://arxiv.org/abs/1606.08415, section 2): that is off by 5e-4 at most, and y is
    not rounded between. Differentiable where gradients are on.
    """
    is_half = x.dtype in (torch.float16, torch.bfloat16)
    if x.is_cuda and is_half and not torch.is_grad_enabled():
        y = torch._addmm_activation(  # noqa: SLF001 # pyright: ignore[reportPrivateImportUsage]
            bias, x.flatten(0, -2), weight.t(), use_gelu=True
        )
        return y.unflatten(0, x.shape[:-1])
    return linear_gelu_reference(x, weight, bias)


def linear_gelu_reference(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """What linear_gelu is to compute."""
    return functional.gelu(functional.linear(x, weight, bias))
