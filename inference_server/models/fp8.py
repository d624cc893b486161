"""The language model's linear layers in FP8, from a checkpoint that is or from one that is not.

Each output channel of a weight has a scale, and each token: its own, or where the checkpoint was
calibrated (ModelOpt) the layer's.
"""

import logging
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from inference_server.models.json_file import CheckpointError
from inference_server.models.stored_tensor import StoredTensor
from inference_server.ops.quantize import E4M3, quantize_rows, scaled_linear

logger = logging.getLogger(__name__)

_MIN_CAPABILITY = (9, 0)


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

    def forward(self, x: Tensor) -> Tensor:
        """x [T, C] -> [T, N]"""
        values, scales = quantize_rows(x, self.input_scale)
        return scaled_linear(values, scales, self.weight, self.weight_scale, dtype=x.dtype)


def quantize_linears(model: nn.Module) -> None:
    """Rounds the layers of a loaded model that FP8 is for."""
    for name in _language_linears(model):
        values, scales = quantize_rows(model.get_parameter(f"{name}.weight"))
        _replace(model, name, Fp8Linear(values, scales.flatten()))


def choose_fp8(
    model: nn.Module,
    stored: Mapping[str, StoredTensor],
    *,
    device: torch.device,
    is_wanted: bool,
) -> None:
    """Prepares a model on the meta device for what is stored in FP8, and for what is to be.

    Raises CheckpointError for a device that cannot and for a tensor that must not be in FP8.
    """
    names = dict.fromkeys(_stored_in_fp8(model, stored))
    if is_wanted:
        names |= dict.fromkeys(_language_linears(model))
    if not names:
        return
    _require_fp8(device)
    for name in names:
        shape = model.get_parameter(f"{name}.weight").shape
        # Empty, not rounded nor like another: on this device that imports all of torch's compiler.
        layer = Fp8Linear(
            torch.empty(shape, dtype=E4M3, device="meta"),
            torch.empty(shape[0], device="meta"),
            torch.empty(1, device="meta") if f"{name}.input_scale" in stored else None,
        )
        _replace(model, name, layer)
    logger.info("%d linear layers in FP8", len(names))


def _language_linears(model: nn.Module) -> list[str]:
    """The layers that FP8 is for: those of the mixers, neither the embeddings nor the head."""
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and name.startswith("language_model.layers.")
    ]


def _replace(model: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    model.get_submodule(parent).register_module(own, layer)


def _stored_in_fp8(model: nn.Module, stored: Mapping[str, StoredTensor]) -> Iterator[str]:
    """The layers whose weights a checkpoint holds in FP8."""
    modules = dict(model.named_modules())
    for name, tensor in stored.items():
        if tensor.dtype != E4M3:
            continue
        layer = name.removesuffix(".weight")
        if not isinstance(modules.get(layer), nn.Linear) or not layer.startswith("language_model."):
            raise CheckpointError(
                f"{tensor.name} is in FP8; only linear layers of the language model can be."
            )
        yield layer


def _require_fp8(device: torch.device) -> None:
    """Raises CheckpointError for GPUs that have no such products; a CPU computes by reference."""
    if device.type != "cuda":
        return
    capability = torch.cuda.get_device_capability(device)
    if capability < _MIN_CAPABILITY:
        raise CheckpointError(
            f"FP8 needs a GPU of compute capability {_MIN_CAPABILITY[0]}.{_MIN_CAPABILITY[1]} or "
            f"higher; {torch.cuda.get_device_name(device)} has {capability[0]}.{capability[1]}."
        )
