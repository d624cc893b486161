"""Linear layers in FP8, and the layers before them that quantize their input.

Each output channel of a weight has a scale. So has each input row: its own, or the layer's if the
checkpoint was calibrated (ModelOpt). A layer that quantizes returns QuantizedRows; a linear layer
that is given a tensor quantizes it itself.
"""

from torch import Tensor, nn

from inference_server.models.layers import RMSNorm
from inference_server.models.mamba import GatedGroupNorm
from inference_server.ops.quantized.fused_quantize import (
    quantize_gated_norm,
    quantize_rms_norm,
    quantize_squared_relu,
)
from inference_server.ops.quantized.quantize import quantize_rows, scaled_linear
from inference_server.ops.quantized_rows import QuantizedRows


class Fp8Linear(nn.Module):
    """A linear layer without bias. Without an input scale every token gets its own.

    weight [N, C] e4m3, weight_scale [N] and input_scale [1] float32
    """

    def __init__(
        self, weight: Tensor, weight_scale: Tensor, input_scale: Tensor | None = None
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.weight_scale = nn.Parameter(weight_scale, requires_grad=False)
        self.input_scale: nn.Parameter | None = None
        if input_scale is not None:
            self.input_scale = nn.Parameter(input_scale, requires_grad=False)

    def forward(self, x: Tensor | QuantizedRows) -> Tensor:
        """x [T, C] -> [T, N]"""
        rows = quantize_rows(x, self.input_scale) if isinstance(x, Tensor) else x
        return scaled_linear(rows, self.weight, self.weight_scale)


class Fp8RMSNorm(nn.Module):
    """The norm before a mixer, quantized for its first linear layer."""

    def __init__(self, norm: RMSNorm, scale: Tensor | None) -> None:
        super().__init__()
        self.weight = norm.weight
        self.eps = norm.eps
        self.scale = scale

    def forward(self, x: Tensor) -> QuantizedRows:
        """x [T, C] -> [T, C]"""
        return quantize_rms_norm(x, None, self.weight, eps=self.eps, scale=self.scale)[0]

    def add(self, x: Tensor, residual: Tensor) -> tuple[QuantizedRows, Tensor]:
        """x, residual [T, C] -> the norm of their sum, and the sum [T, C]"""
        return quantize_rms_norm(x, residual, self.weight, eps=self.eps, scale=self.scale)


class Fp8GatedGroupNorm(nn.Module):
    """The norm after a scan, quantized for the mixer's last linear layer."""

    def __init__(self, norm: GatedGroupNorm, scale: Tensor | None) -> None:
        super().__init__()
        self.weight = norm.weight
        self.num_groups = norm.num_groups
        self.eps = norm.eps
        self.scale = scale

    def forward(self, x: Tensor, gate: Tensor) -> QuantizedRows:
        """x, gate [T, C] -> [T, C]"""
        return quantize_gated_norm(
            x, gate, self.weight, num_groups=self.num_groups, eps=self.eps, scale=self.scale
        )


class Fp8SquaredRelu(nn.Module):
    """The activation of an MLP, quantized for its second linear layer."""

    def __init__(self, scale: Tensor | None) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: Tensor) -> QuantizedRows:
        """x [T, C] -> [T, C]"""
        return quantize_squared_relu(x, self.scale)
