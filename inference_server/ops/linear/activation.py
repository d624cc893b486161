"""Activations: squared ReLU of the language model and the projector, GELU of the vision encoder."""

import torch
from torch import Tensor
from torch.nn import functional

from inference_server.ops.dispatch import Kernel, on_cuda, without_gradients

_HALF = (torch.float16, torch.bfloat16)


def _squared_relu_kernel() -> Kernel:
    from inference_server.ops.linear.activation_kernel import squared_relu

    return squared_relu


@on_cuda(_squared_relu_kernel, when=without_gradients)
def squared_relu(x: Tensor) -> Tensor:
    """max(x, 0)², rounded once. x [..., C] -> [..., C]"""
    return torch.relu(x).square()


def _can_fuse(x: Tensor, *_parameters: Tensor) -> bool:
    return x.dtype in _HALF and not torch.is_grad_enabled()


@on_cuda(lambda: _fused_gelu, when=_can_fuse)
def linear_gelu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The GELU of a linear layer's y: y times the normal distribution's share below y.

    x [..., C], weight [N, C], bias [N] -> [..., N]
    """
    return functional.gelu(functional.linear(x, weight, bias))


def _fused_gelu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The tanh form of GELU (https://arxiv.org/abs/1606.08415, section 2), fused with the product.

    It is off by 5e-4 at most, and y is not rounded between product and GELU.
    """
    y = torch._addmm_activation(  # noqa: SLF001 # pyright: ignore[reportPrivateImportUsage]
        bias, x.flatten(0, -2), weight.t(), use_gelu=True
    )
    return y.unflatten(0, x.shape[:-1])
