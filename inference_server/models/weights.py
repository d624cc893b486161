"""Streams a checkpoint's tensors into the model's parameters."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from inference_server.models.checkpoint import weight_files
from inference_server.models.json_file import CheckpointError

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

# Parts of other RADIO releases that do not belong to the encoder proper.
_TOLERATED = (".ls1", ".ls2", ".head.", ".adaptors.", ".feature_normalizer.")

# Steps and decays of the recurrence compound over a sequence.
_FLOAT32 = (".A_log", ".D", ".dt_bias")


def load_weights(
    model: nn.Module,
    path: Path,
    *,
    device: torch.device,
    dtype: torch.dtype,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Replaces every parameter of the model, which may be on the meta device.

    Raises CheckpointError for tensors that are missing, misshapen or unknown.
    """
    expected = dict(model.named_parameters())
    loaded: dict[str, Tensor] = {}
    ignored: list[str] = []
    for released, tensor in _tensors(path):
        name = _our_name(released)
        if name is None:
            continue
        if name not in expected:
            ignored.append(released)
            continue
        if tensor.shape != expected[name].shape:
            raise CheckpointError(
                f"{released} is {list(tensor.shape)}, not {list(expected[name].shape)}."
            )
        kept = torch.float32 if name.endswith(_FLOAT32) else dtype
        loaded[name] = tensor.to(device=device, dtype=kept)
        if progress is not None:
            progress("loading weights", len(loaded) / len(expected))
    _report_unused(ignored)
    missing = sorted(expected.keys() - loaded.keys())
    if missing:
        raise CheckpointError(f"{path} lacks {_listed(missing)}.")
    model.load_state_dict(loaded, assign=True)


def released_tensors(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """The model's parameters under the names of the released files."""
    for name, parameter in model.named_parameters():
        released = name
        for old, new in reversed(_RENAMED):
            released = released.replace(new, old)
        yield released, parameter.detach()


def _tensors(path: Path) -> Iterator[tuple[str, Tensor]]:
    for file in weight_files(path):
        try:
            with safe_open(file, framework="pt") as opened:
                for name in opened.keys():  # noqa: SIM118 - the handle is no mapping
                    yield name, opened.get_tensor(name)
        except (OSError, SafetensorError) as error:
            raise CheckpointError(f"{file} cannot be read: {error}.") from error


def _our_name(released: str) -> str | None:
    """The parameter that a tensor fills, None where it is not wanted."""
    if released.startswith(_SKIPPED):
        return None
    if ".video_embedder." in released:
        raise CheckpointError("Checkpoints that join video frames (Omni) are not implemented.")
    name = released
    for old, new in _RENAMED:
        name = name.replace(old, new)
    return name


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
