"""Puts the language model's linear layers in FP8, as a checkpoint holds them or as is asked for."""

import logging
from collections.abc import Iterator, Mapping

import torch
from torch import nn

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.stored_tensor import StoredTensor
from inference_server.models.fp8_layers import (
    Fp8GatedGroupNorm,
    Fp8Linear,
    Fp8MLP,
    Fp8RMSNorm,
    common_input_scale,
)
from inference_server.models.layers import SquaredReluMLP
from inference_server.models.mamba import MambaMixer
from inference_server.models.nemotron_h import AttentionMixer, Layer
from inference_server.ops.quantized.quantize import quantize_rows
from inference_server.ops.quantized.quantized_rows import E4M3

logger = logging.getLogger(__name__)

_MIN_CAPABILITY = (9, 0)


def quantize_linears(model: nn.Module) -> None:
    """Rounds the layers of a loaded model that FP8 is for."""
    for name in _language_linears(model):
        rows = quantize_rows(model.get_parameter(f"{name}.weight"))
        _replace(model, name, Fp8Linear(rows.values, rows.scales.flatten()))
    fuse_rounding(model)


def prepare_fp8(
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


def fuse_rounding(model: nn.Module) -> None:
    """Lets what stands before a loaded model's FP8 layers round for them, where it can."""
    for layer in [module for module in model.modules() if isinstance(module, Layer)]:
        mixer = layer.mixer
        readers: list[nn.Module] = []
        match mixer:
            case MambaMixer():
                readers = [mixer.in_proj]
                if isinstance(mixer.out_proj, Fp8Linear):
                    norm = Fp8GatedGroupNorm(mixer.norm, mixer.out_proj.input_scale)
                    mixer.register_module("norm", norm)
            case AttentionMixer():
                readers = mixer.projections
            case SquaredReluMLP():
                readers = [mixer.up_proj]
                if isinstance(mixer.down_proj, Fp8Linear):
                    layer.mixer = Fp8MLP(mixer, mixer.down_proj.input_scale)
        linears = [reader for reader in readers if isinstance(reader, Fp8Linear)]
        if linears and len(linears) == len(readers):
            layer.register_module("norm", Fp8RMSNorm(layer.norm, common_input_scale(linears)))


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
