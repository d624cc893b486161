"""Matches a checkpoint's tensors with the parts of the model's parameters, before any is read."""

import logging
import math
from collections.abc import Collection, Iterable, Mapping

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.names import released_name
from inference_server.checkpoint.stored_tensor import StoredTensor
from inference_server.ops.quantized_rows import E4M3

logger = logging.getLogger(__name__)

# Factors of an FP8 layer's weight and of its input.
SCALES = (".weight_scale", ".input_scale")

# Parts of other RADIO releases that do not belong to the encoder proper.
_TOLERATED = (".ls1", ".ls2", ".head.", ".adaptors.", ".feature_normalizer.")


def wanted_tensors(
    stored: Mapping[str, StoredTensor],
    shapes: Mapping[str, tuple[int, ...]],
    *,
    in_fp8: Collection[str],
) -> dict[str, StoredTensor]:
    """The tensors that fill the parts of these shapes, of which those `in_fp8` stay in FP8.

    In the order of the files, with the scales of weights to be dequantized. Raises CheckpointError
    for tensors that are missing, misshapen or unknown.
    """
    dequantized = [
        name
        for name, tensor in stored.items()
        if tensor.dtype == E4M3 and name in shapes and name not in in_fp8
    ]
    if dequantized:
        logger.info("dequantized, since the layers are only partly in FP8: %s", _list(dequantized))
    needed = dict(shapes) | {f"{name}_scale": shapes[name][:1] for name in dequantized}
    ignored = {f"{name.removesuffix('.weight')}.input_scale" for name in dequantized}
    _report_unused([stored[name].name for name in stored.keys() - needed.keys() - ignored])
    wanted = {name: tensor for name, tensor in stored.items() if name in needed}
    missing = [name for name in needed.keys() - wanted.keys() if not _is_optional(name, wanted)]
    if missing:
        raise CheckpointError(f"The checkpoint lacks {_list(map(released_name, missing))}.")
    for name, tensor in wanted.items():
        # One scale may stand for all channels.
        is_single = name.endswith(SCALES) and math.prod(tensor.shape) == 1
        if tensor.shape != needed[name] and not is_single:
            raise CheckpointError(
                f"{tensor.name} has shape {list(tensor.shape)}, not {list(needed[name])}."
            )
    return wanted


def _is_optional(name: str, stored: Mapping[str, StoredTensor]) -> bool:
    """An input scale, which another part of its layer has, or the scale of a weight to quantize."""
    weight = stored.get(name.removesuffix("_scale"))
    is_quantized = weight is None or weight.dtype == E4M3
    return name.endswith(".input_scale") or (name.endswith(".weight_scale") and not is_quantized)


def _report_unused(names: list[str]) -> None:
    vision = "vision_model."
    tolerated = [
        name for name in names if name.startswith(vision) and any(t in name for t in _TOLERATED)
    ]
    unknown = set(names) - set(tolerated)
    if unknown:
        raise CheckpointError(f"The model has no place for {_list(unknown)}.")
    if tolerated:
        logger.warning("Weights that the vision encoder does not use: %s", _list(tolerated))


def _list(names: Iterable[str]) -> str:
    """The first three in alphabetical order."""
    ordered = sorted(names)
    more = f" and {len(ordered) - 3} more" if len(ordered) > 3 else ""
    return ", ".join(ordered[:3]) + more
