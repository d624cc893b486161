"""Modules that several parts of the model use."""

import torch
from torch import Tensor, nn

from inference_server.ops.linear.activation import squared_relu
from inference_server.ops.linear.linear import linear
from inference_server.ops.norms.norm import add_rms_norm, rms_norm


class Linear(nn.Linear):
    """A linear layer without bias."""

    def __init__(self, input_size: int, output_size: int) -> None:
        super().__init__(input_size, output_size, bias=False)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (its base calls it so)
        """input [..., C] -> [..., N]"""
        return linear(input, self.weight)


class RMSNorm(nn.Module):
    """Root-mean-square norm over the last dimension."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """x [..., C] -> [..., C]"""
        return rms_norm(x, self.weight, self.eps)

    def add(self, x: Tensor, residual: Tensor) -> tuple[Tensor, Tensor]:
        """x, residual [..., C] -> the norm of their sum, and the sum [..., C]"""
        return add_rms_norm(x, residual, self.weight, self.eps)


class SquaredRelu(nn.Module):
    """The activation of the MLPs."""

    def forward(self, x: Tensor) -> Tensor:
        """x [..., C] -> max(x, 0)² [..., C]"""
        return squared_relu(x)
