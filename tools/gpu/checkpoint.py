"""The random model as a checkpoint on the disk: safetensors shards, straight from the device."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inference_server.checkpoint.weights import released_tensors
from tools.gpu.workbench import Workbench
from tools.random_checkpoint.model import random_model

_NUM_SHARDS = 8
# Written last, so that where it is all of the checkpoint is.
_INDEX = "model.safetensors.index.json"
_DTYPES = {torch.bfloat16: "BF16", torch.float32: "F32"}
_Named = list[tuple[str, Tensor]]


def measure(bench: Workbench) -> None:
    bench.drop_model()
    model = random_model(bench.config, device=bench.device, dtype=bench.dtype)
    start = time.perf_counter()
    num_bytes = write_weights(bench.checkpoint, released_tensors(model, bench.config.language))
    seconds = time.perf_counter() - start
    bench.record("checkpoint.bytes", num_bytes / 1e9, "GB")
    bench.record("checkpoint.write", seconds, "s", "into the page cache")


def ensure(bench: Workbench) -> None:
    """Writes it unless an earlier process did, of this run or another."""
    if not (bench.checkpoint / _INDEX).exists():
        measure(bench)


def write_weights(folder: Path, tensors: Iterator[tuple[str, Tensor]]) -> int:
    """Shards of about equal size and their index; the bytes of all tensors."""
    shards: list[_Named] = [[] for _ in range(_NUM_SHARDS)]
    sizes = [0] * _NUM_SHARDS
    for name, tensor in tensors:
        least = sizes.index(min(sizes))
        shards[least].append((name, tensor))
        sizes[least] += tensor.nbytes
    files = [f"model-{i:05d}-of-{_NUM_SHARDS:05d}.safetensors" for i in range(1, _NUM_SHARDS + 1)]
    with ThreadPoolExecutor(_NUM_SHARDS) as threads:
        list(threads.map(_write_shard, (folder / file for file in files), shards))
    weight_map = {
        name: file for file, shard in zip(files, shards, strict=True) for name, _ in shard
    }
    index = {"metadata": {"total_size": sum(sizes)}, "weight_map": weight_map}
    (folder / _INDEX).write_text(json.dumps(index), encoding="utf-8")
    return sum(sizes)


def _write_shard(path: Path, shard: _Named) -> None:
    """The format by hand: the library would hold all of a shard in memory, twice."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in shard:
        start, end = end, end + tensor.nbytes
        header[name] = {
            "dtype": _DTYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb", buffering=0) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, tensor in shard:
            data = tensor.contiguous().view(torch.uint8).cpu().numpy().reshape(-1).data
            while data:
                data = data[file.write(data) :]
