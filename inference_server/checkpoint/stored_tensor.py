"""Finds a checkpoint's tensors in its safetensors files. Reads only the headers."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from inference_server.checkpoint.errors import CheckpointError

_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTensor:
    """A tensor in a file: `num_bytes` bytes from the file's byte `start` on."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    file: Path
    start: int
    num_bytes: int


def stored_tensors(file: Path) -> Iterator[StoredTensor]:
    """All tensors of a file in the order of their bytes. Raises CheckpointError."""
    try:
        with safe_open(file, framework="pt"):
            pass  # checks the header that is read below
        header, data_start = _read_header(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}.") from error
    header.pop("__metadata__", None)
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        if entry["dtype"] not in _DTYPES:
            raise CheckpointError(f"{name} is of type {entry['dtype']}, which is not supported.")
        start, end = entry["data_offsets"]
        yield StoredTensor(
            name=name,
            dtype=_DTYPES[entry["dtype"]],
            shape=tuple(entry["shape"]),
            file=file,
            start=data_start + start,
            num_bytes=end - start,
        )


def _read_header(file: Path) -> tuple[dict[str, dict], int]:
    """The JSON object at the start of a file, and the position after it."""
    with file.open("rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        return json.loads(opened.read(length)), 8 + length
