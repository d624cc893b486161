"""The random model as a checkpoint on the disk, straight from the device."""

import time

from inference_server.checkpoint.weights import released_tensors
from tools.gpu.workbench import Workbench
from tools.random_checkpoint.shards import INDEX, write_shards

_NUM_SHARDS = 8


def measure(bench: Workbench) -> None:
    tensors = dict(released_tensors(bench.model, bench.config.language))
    start = time.perf_counter()
    num_bytes = write_shards(bench.checkpoint, tensors, num_shards=_NUM_SHARDS)
    seconds = time.perf_counter() - start
    bench.record("checkpoint.bytes", num_bytes / 1e9, "GB")
    bench.record("checkpoint.write", seconds, "s", "into the page cache")


def ensure(bench: Workbench) -> None:
    """Writes it unless an earlier process of this run or of another did."""
    if not (bench.checkpoint / INDEX).exists():
        measure(bench)
