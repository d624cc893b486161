"""Writes tensors as safetensors files, byte for byte as its library does.

The library would hold a whole file in memory, twice; here each tensor is brought to the host and
written alone.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

# Written last: where it is, the shards are complete.
INDEX = "model.safetensors.index.json"

_DTYPES = {torch.bfloat16: "BF16", torch.float16: "F16", torch.float32: "F32"}


def write_shards(folder: Path, tensors: Mapping[str, Tensor], *, num_shards: int) -> int:
    """Writes one file, or several at once and their index. Returns the bytes of all tensors."""
    total = sum(tensor.nbytes for tensor in tensors.values())
    if num_shards == 1:
        _write_file(folder / "model.safetensors", tensors)
        return total
    names = list(tensors)
    shards = {
        f"model-{shard + 1:05d}-of-{num_shards:05d}.safetensors": names[shard::num_shards]
        for shard in range(num_shards)
    }
    with ThreadPoolExecutor(num_shards) as threads:
        writes = [
            threads.submit(_write_file, folder / file, {name: tensors[name] for name in held})
            for file, held in shards.items()
        ]
    for write in writes:
        write.result()
    file_by_name = {name: file for file, held in shards.items() for name in held}
    index = {"metadata": {"total_size": total}, "weight_map": file_by_name}
    (folder / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    return total


def _write_file(path: Path, tensors: Mapping[str, Tensor]) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    # The largest numbers first, so that all are aligned.
    ordered = sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0]))
    for name, tensor in ordered:
        start, end = end, end + tensor.nbytes
        header[name] = {
            "dtype": _DTYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb", buffering=0) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, tensor in ordered:
            data = tensor.contiguous().flatten().view(torch.uint8).cpu().numpy().data
            while data:
                data = data[file.write(data) :]
