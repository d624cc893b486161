"""Puts the language model's linear layers in FP8, if a checkpoint has them so or if wanted."""

import logging
from collections.abc import Collection, Mapping

import torch
from torch import nn

from inference_server.checkpoint.errors import CheckpointError
from inference_server.models.fp8_layers import (
    Fp8GatedGroupNorm,
    Fp8Linear,
    Fp8RMSNorm,
    Fp8SquaredRelu,
)
from inference_server.models.mamba import MambaMixer
from inference_server.models.nemotron_h import AttentionMixer, Layer, MLPMixer
from inference_server.ops.quantized.quantize import quantize_rows
from inference_server.ops.quantized_rows import E4M3

logger = logging.getLogger(__name__)

_MIN_CAPABILITY = (9, 0)


def quantize_linears(model: nn.Module) -> None:
    """Quantizes the linear layers of a loaded model's mixers."""
    for name in _language_linears(model):
        rows = quantize_rows(model.get_parameter(f"{name}.weight"))
        _replace(model, name, Fp8Linear(rows.values, rows.scales.flatten()))
    fuse_quantization(model)


def prepare_fp8(
    model: nn.Module,
    *,
    stored: Mapping[str, str],
    calibrated: Collection[str],
    device: torch.device,
    is_wanted: bool,
) -> None:
    """Prepares a model on the meta device for weights in FP8: those stored so, or all if wanted.

    stored      the layers that a checkpoint holds in FP8, and the names of their tensors there
    calibrated  the layers that have an input scale

    Raises CheckpointError for a device without FP8, and for a tensor that must not be in FP8.
    """
    _check_stored(model, stored)
    names = dict.fromkeys([*stored, *(_language_linears(model) if is_wanted else ())])
    if not names:
        return
    _require_fp8(device)
    for name in names:
        shape = model.get_parameter(f"{name}.weight").shape
        # Empty, not quantized: on the meta device that would import all of torch's compiler.
        layer = Fp8Linear(
            torch.empty(shape, dtype=E4M3, device="meta"),
            torch.empty(shape[0], device="meta"),
            torch.empty(1, device="meta") if name in calibrated else None,
        )
        _replace(model, name, layer)
    logger.info("%d linear layers in FP8", len(names))


def fuse_quantization(model: nn.Module) -> None:
    """Lets the layers before a loaded model's FP8 layers quantize for them."""
    for layer in [module for module in model.modules() if isinstance(module, Layer)]:
        mixer = layer.mixer
        first: nn.Module | None = None
        match mixer:
            case MambaMixer():
                first = mixer.in_proj
                if isinstance(mixer.out_proj, Fp8Linear):
                    norm = Fp8GatedGroupNorm(mixer.norm, mixer.out_proj.input_scale)
                    mixer.register_module("norm", norm)
            case AttentionMixer():
                first = mixer.qkv_proj
            case MLPMixer():
                first = mixer.up_proj
                if isinstance(mixer.down_proj, Fp8Linear):
                    activation = Fp8SquaredRelu(mixer.down_proj.input_scale)
                    mixer.register_module("activation", activation)
        if isinstance(first, Fp8Linear):
            layer.register_module("norm", Fp8RMSNorm(layer.norm, first.input_scale))


def _language_linears(model: nn.Module) -> list[str]:
    """The linear layers of the mixers; FP8 is not for the embeddings and the head."""
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and name.startswith("language_model.layers.")
    ]


def _replace(model: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    model.get_submodule(parent).register_module(own, layer)


def _check_stored(model: nn.Module, stored: Mapping[str, str]) -> None:
    """Raises CheckpointError unless these are linear layers of the language model."""
    modules = dict(model.named_modules())
    for name, released in stored.items():
        if not isinstance(modules.get(name), nn.Linear) or not name.startswith("language_model."):
            raise CheckpointError(
                f"{released} is in FP8; only linear layers of the language model can be."
            )


def _require_fp8(device: torch.device) -> None:
    """Raises CheckpointError for GPUs without FP8 products. A CPU uses the references."""
    if device.type != "cuda":
        return
    capability = torch.cuda.get_device_capability(device)
    if capability < _MIN_CAPABILITY:
        raise CheckpointError(
            f"FP8 needs a GPU of compute capability {_MIN_CAPABILITY[0]}.{_MIN_CAPABILITY[1]} or "
            f"higher; {torch.cuda.get_device_name(device)} has {capability[0]}.{capability[1]}."
        )
