"""The sampler alone, with more and more of its features."""

import dataclasses
import time

import torch

from inference_server.engine.execution.sampler import Sampler
from inference_server.engine.scheduling.plan import Row
from inference_server.engine.types import Sampling
from tools.gpu.steps import row_of
from tools.gpu.timing import time_calls
from tools.gpu.workbench import Workbench

_SAMPLINGS = {
    "greedy": Sampling(max_tokens=2**20, temperature=0.0),
    "plain": Sampling(max_tokens=2**20, temperature=1.0, seed=3),
    "top_p": Sampling(max_tokens=2**20, temperature=0.8, top_p=0.9, top_k=50, seed=3),
}


def measure(bench: Workbench) -> None:
    for count in (min(bench.sizes.batch_sizes), max(bench.sizes.batch_sizes)):
        for name, sampling in _SAMPLINGS.items():
            _sample(bench, f"sampling.{name}.b{count}", sampling, count)


def _sample(bench: Workbench, key: str, sampling: Sampling, count: int) -> None:
    vocab_size = bench.config.language.vocab_size
    sampler = Sampler(num_slots=count + 1, vocab_size=vocab_size, device=bench.device)
    logits = torch.randn(count, vocab_size, device=bench.device)
    rows = [_row(slot, sampling) for slot in range(1, count + 1)]

    @torch.inference_mode()
    def sample() -> None:
        sampler.sample(logits.clone(), rows, num_decodes=count)

    timing = time_calls(sample, bench.device, repeats=bench.sizes.repeats)
    bench.record(key, timing.median_ms, "ms", "with a copy of the logits")
    start = time.perf_counter()
    sample()
    bench.record(f"{key}.host", 1000 * (time.perf_counter() - start), "ms")


def _row(slot: int, sampling: Sampling) -> Row:
    row = row_of(slot, start=100, length=1, blocks=1, vocab_size=2**11)
    row.sequence.sampling = dataclasses.replace(sampling, seed=slot)
    return row
