"""Streams a checkpoint's tensors into the model's parameters."""

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.locate import weight_files
from inference_server.checkpoint.stored_tensor import StoredTensor, stored_tensors
from inference_server.checkpoint.tensor_stream import stream_tensors
from inference_server.ops.quantized.quantize import quantize_rows
from inference_server.ops.quantized.quantized_rows import E4M3

logger = logging.getLogger(__name__)

# Names in the released files and ours, where they differ.
_RENAMED = (
    ("language_model.backbone.embeddings.", "language_model.embeddings."),
    ("language_model.backbone.layers.", "language_model.layers."),
    ("language_model.backbone.norm_f.", "language_model.norm_f."),
    ("vision_model.radio_model.model.", "vision_model."),
    ("patch_generator.cls_token.token", "patch_generator.prefix"),
    ("patch_generator.pos_embed", "patch_generator.position_table"),
    ("mlp1.0.", "projector.norm."),
    ("mlp1.1.", "projector.mlp.up_proj."),
    ("mlp1.3.", "projector.mlp.down_proj."),
)

# Pixels are normalised before the encoder, and its summary is not read.
_SKIPPED = (
    "vision_model.radio_model.input_conditioner.",
    "vision_model.radio_model.summary_idxs",
)

# What a calibrated checkpoint says of an FP8 cache, which ours is not.
_CACHE_SCALES = (".k_scale", ".v_scale")

# Parts of other RADIO releases that do not belong to the encoder proper.
_TOLERATED = (".ls1", ".ls2", ".head.", ".adaptors.", ".feature_normalizer.")

# Steps and decays of the recurrence compound over a sequence.
_FLOAT32 = (".A_log", ".D", ".dt_bias")

# What an FP8 layer's numbers are to be multiplied with.
_SCALES = (".weight_scale", ".input_scale")


def stored_weights(path: Path) -> dict[str, StoredTensor]:
    """What a checkpoint's files hold, by the names of the model's parameters. Reads no tensor."""
    stored = (tensor for file in weight_files(path) for tensor in stored_tensors(file))
    named = ((_our_name(tensor.name), tensor) for tensor in stored)
    return {name: tensor for name, tensor in named if name is not None}


def load_weights(
    model: nn.Module,
    stored: Mapping[str, StoredTensor],
    *,
    device: torch.device,
    dtype: torch.dtype,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Replaces every parameter of the model, which may be on the meta device.

    Where a parameter is in FP8 and its tensor is not, it is rounded. Raises CheckpointError for
    tensors that are missing, misshapen or unknown, before it reads any.
    """
    expected = dict(model.named_parameters())
    wanted = _wanted(stored, expected)
    names = {tensor.name: name for name, tensor in wanted.items()}
    total_bytes = sum(tensor.num_bytes for tensor in wanted.values())
    loaded: dict[str, Tensor] = {}
    loaded_bytes = 0
    for source, tensor in stream_tensors(wanted.values(), device):
        name = names[source.name]
        loaded |= _fitted(name, tensor, expected[name], dtype)
        loaded_bytes += source.num_bytes
        if progress is not None:
            progress("loading weights", loaded_bytes / total_bytes)
    model.load_state_dict(loaded, assign=True)


def released_tensors(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """The model's parameters under the names of the released files."""
    for name, parameter in model.named_parameters():
        released = name
        for old, new in reversed(_RENAMED):
            released = released.replace(new, old)
        yield released, parameter.detach()


def _our_name(released: str) -> str | None:
    """The parameter that a tensor fills, None where it is not wanted."""
    if released.startswith(_SKIPPED) or released.endswith(_CACHE_SCALES):
        return None
    if ".video_embedder." in released:
        raise CheckpointError("Checkpoints that join video frames (Omni) are not implemented.")
    name = released
    for old, new in _RENAMED:
        name = name.replace(old, new)
    return name


def _wanted(
    stored: Mapping[str, StoredTensor], expected: Mapping[str, Tensor]
) -> dict[str, StoredTensor]:
    """The tensors that fill the parameters, in the order of the files. Checks all of them."""
    _report_unused([tensor.name for name, tensor in stored.items() if name not in expected])
    wanted = {name: tensor for name, tensor in stored.items() if name in expected}
    missing = sorted(name for name in expected.keys() - wanted.keys() if not _is_made(name, wanted))
    if missing:
        raise CheckpointError(f"The checkpoint lacks {_listed(missing)}.")
    for name, tensor in wanted.items():
        shape = tuple(expected[name].shape)
        # One scale may stand for all channels.
        if tensor.shape != shape and not (name.endswith(_SCALES) and _is_single(tensor)):
            raise CheckpointError(f"{tensor.name} is {list(tensor.shape)}, not {list(shape)}.")
    return wanted


def _is_made(name: str, stored: Mapping[str, StoredTensor]) -> bool:
    """Whether it is the scale of a weight that is yet to be rounded."""
    weight = stored.get(name.removesuffix("_scale"))
    return name.endswith(".weight_scale") and weight is not None and weight.dtype != E4M3


def _is_single(tensor: StoredTensor) -> bool:
    return math.prod(tensor.shape) == 1


def _fitted(name: str, tensor: Tensor, parameter: Tensor, dtype: torch.dtype) -> dict[str, Tensor]:
    """The parameters that a tensor fills: itself, or rounded with its scales."""
    if name.endswith(_SCALES):
        return {name: tensor.float().flatten().expand(parameter.shape).contiguous()}
    if parameter.dtype != E4M3:
        return {name: tensor.to(torch.float32 if name.endswith(_FLOAT32) else dtype)}
    if tensor.dtype == E4M3:
        return {name: tensor}
    rows = quantize_rows(tensor)
    return {name: rows.values, f"{name}_scale": rows.scales.flatten()}


def _report_unused(names: list[str]) -> None:
    vision = "vision_model."
    tolerated = [
        name for name in names if name.startswith(vision) and any(t in name for t in _TOLERATED)
    ]
    unknown = sorted(set(names) - set(tolerated))
    if unknown:
        raise CheckpointError(f"The model has no place for {_listed(unknown)}.")
    if tolerated:
        logger.warning("Weights that the vision encoder does not use: %s", _listed(tolerated))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
