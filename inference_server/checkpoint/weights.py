"""Streams a checkpoint's tensors into the model's parameters, and gives them back by their names.

Where the model fuses projections, each stored one goes to its rows of the fused parameter.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from inference_server.checkpoint.config import LanguageConfig
from inference_server.checkpoint.locate import weight_files
from inference_server.checkpoint.matching import SCALES, wanted_tensors
from inference_server.checkpoint.names import part_name, parts_of, released_name
from inference_server.checkpoint.stored_tensor import StoredTensor, stored_tensors
from inference_server.checkpoint.tensor_stream import stream_tensors
from inference_server.ops.quantized.quantize import quantize_rows
from inference_server.ops.quantized_rows import E4M3

OnProgress = Callable[[str, float], None]

# Steps and decays of the recurrence compound over a sequence.
_FLOAT32 = (".A_log", ".D", ".dt_bias")


def stored_weights(path: Path) -> dict[str, StoredTensor]:
    """The tensors in a checkpoint's files by the model's parts. Reads headers alone."""
    stored = (tensor for file in weight_files(path) for tensor in stored_tensors(file))
    named = ((part_name(tensor.name), tensor) for tensor in stored)
    return {name: tensor for name, tensor in named if name is not None}


def load_weights(
    model: nn.Module,
    stored: Mapping[str, StoredTensor],
    language: LanguageConfig,
    *,
    device: torch.device,
    dtype: torch.dtype,
    progress: OnProgress | None = None,
) -> None:
    """Replaces every parameter of the model, which may be on the meta device.

    Raises CheckpointError for tensors that are missing, misshapen or unknown, before it reads any.
    """
    parts = dict(unfused(model.named_parameters(), language))
    shapes = {name: tuple(part.shape) for name, part in parts.items()}
    in_fp8 = {name for name, part in parts.items() if part.dtype == E4M3}
    wanted = wanted_tensors(stored, shapes, in_fp8=in_fp8)
    tensors = _stream(wanted.values(), device, progress)
    fill_parameters(model, tensors, language, device=device, dtype=dtype)


def fill_parameters(
    model: nn.Module,
    tensors: Iterable[tuple[str, Tensor]],
    language: LanguageConfig,
    *,
    device: torch.device,
    dtype: torch.dtype,
) -> None:
    """Replaces every parameter of the model by tensors under their released names, in any order.

    A weight whose parameter is in FP8 is quantized unless it is already; one in FP8 whose parameter
    is not is dequantized. No tensor but the last is held twice.
    """
    expected = dict(unfused(model.named_parameters(), language))
    filled = _fused_parameters(model, device, dtype)
    rows = dict(unfused(filled.items(), language))
    scales: dict[str, Tensor] = {}
    for released, tensor in tensors:
        name = part_name(released)
        if name in expected:
            for part, values in _fitted(name, tensor, expected[name], dtype):
                if part in rows:
                    _write(part, values, rows[part])
                else:
                    filled[part] = values
        elif name is not None:
            scales[name.removesuffix("_scale")] = tensor.float()
    parts = dict(unfused(filled.items(), language))
    for name, scale in scales.items():
        parts[name].mul_(scale.view(-1, 1))
    model.load_state_dict(filled, assign=True)


def unfused(
    parameters: Iterable[tuple[str, Tensor]], language: LanguageConfig
) -> Iterator[tuple[str, Tensor]]:
    """The model's parameters, or their gradients, in parts: views of the rows of fused ones."""
    for name, tensor in parameters:
        parts = parts_of(name)
        if len(parts) == 1:
            yield name, tensor
        elif name.endswith(".input_scale"):
            yield from ((part, tensor) for part in parts)
        else:
            yield from zip(parts, tensor.split(language.qkv_sizes), strict=True)


def released_tensors(model: nn.Module, language: LanguageConfig) -> Iterator[tuple[str, Tensor]]:
    """The model's parameters under the names of the released files; those fused are views."""
    for name, tensor in unfused(model.named_parameters(), language):
        yield released_name(name), tensor.detach()


def _stream(
    wanted: Collection[StoredTensor], device: torch.device, progress: OnProgress | None
) -> Iterator[tuple[str, Tensor]]:
    """Each tensor in turn, telling how much is read."""
    total_bytes = sum(tensor.num_bytes for tensor in wanted)
    num_bytes = 0
    for source, tensor in stream_tensors(wanted, device):
        yield source.name, tensor
        num_bytes += source.num_bytes
        if progress is not None:
            progress("loading weights", num_bytes / total_bytes)


def _fused_parameters(
    model: nn.Module, device: torch.device, dtype: torch.dtype
) -> dict[str, Tensor]:
    """Memory for the parameters that are made of several tensors."""
    return {
        name: torch.zeros(parameter.shape, dtype=_dtype(name, parameter, dtype), device=device)
        for name, parameter in model.named_parameters()
        if len(parts_of(name)) > 1
    }


def _write(part: str, values: Tensor, rows: Tensor) -> None:
    """Fills the rows of a fused parameter that are a part's."""
    if part.endswith(".input_scale"):
        # The largest of all parts' scales: it clips nothing that their own would not.
        torch.maximum(rows, values, out=rows)
    else:
        rows.copy_(values)


def _dtype(name: str, parameter: Tensor, dtype: torch.dtype) -> torch.dtype:
    """The dtype that a parameter gets in a model of `dtype`."""
    if parameter.dtype == E4M3:
        return E4M3
    return torch.float32 if name.endswith((*_FLOAT32, *SCALES)) else dtype


def _fitted(
    name: str, tensor: Tensor, parameter: Tensor, dtype: torch.dtype
) -> Iterator[tuple[str, Tensor]]:
    """The tensor as its parameter is kept; of one to be quantized, the values and the scales."""
    if name.endswith(SCALES):
        yield name, tensor.float().flatten().expand(parameter.shape).contiguous()
    elif parameter.dtype == E4M3 != tensor.dtype:
        quantized = quantize_rows(tensor)
        yield name, quantized.values
        yield f"{name}_scale", quantized.scales.flatten()
    else:
        yield name, tensor.to(_dtype(name, parameter, dtype))
