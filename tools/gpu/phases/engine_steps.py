"""Decode steps of the engine's own loop, without its thread: with scheduling, sampling and the copy
of the tokens to the host, one step always queued ahead."""

import dataclasses
import statistics
import time

import numpy as np
import torch

from inference_server.config import EngineConfig
from inference_server.engine.execution.runner import Pending
from inference_server.engine.execution.step import advance
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.startup.build import prepare
from inference_server.engine.startup.core import EngineCore
from inference_server.engine.types import Prompt, Sampling
from tools.gpu.workbench import Workbench

_STEPS = {"full": 60, "small": 6}
_WARM_UP_STEPS = 8


def measure(bench: Workbench) -> None:
    sizes = bench.sizes
    config = EngineConfig(
        device=str(bench.device),
        max_num_seqs=max(sizes.batch_sizes),
        max_model_len=2 * max(sizes.contexts) + sizes.step_tokens,
        gpu_memory_fraction=0.85,
        # Otherwise the first sequences would end before the last begin.
        max_tokens_beside_decodes=sizes.step_tokens,
    )
    start = time.perf_counter()
    core = prepare(bench.model, config, lambda *_: None)
    bench.record("engine.prepared", time.perf_counter() - start, "s", "with graphs")
    for context in sizes.contexts:
        for batch_size in (min(sizes.batch_sizes), max(sizes.batch_sizes)):
            _decode(bench, core, batch_size, context)


def _decode(bench: Workbench, core: EngineCore, batch_size: int, context: int) -> None:
    scheduler, runner = core.scheduler, core.runner
    num_steps = _STEPS[bench.sizes_name]
    sampling = Sampling(max_tokens=num_steps + 2 * _WARM_UP_STEPS, temperature=1.0)
    rng = np.random.default_rng(0)
    for index in range(batch_size):
        ids = rng.integers(100, 2**11, context, dtype=np.int32)
        one = dataclasses.replace(sampling, seed=index)
        scheduler.add(Sequence(index, Prompt(token_ids=ids), one))
    pending: Pending | None = None
    times_ms: list[float] = []
    while not scheduler.is_idle or pending is not None:
        start = time.perf_counter()
        pending, result = advance(scheduler, runner, pending)
        elapsed_ms = 1000 * (time.perf_counter() - start)
        if result.record.num_decodes == batch_size:
            times_ms.append(elapsed_ms)
    if bench.device.type == "cuda":
        torch.cuda.synchronize()
    steady = times_ms[_WARM_UP_STEPS:-_WARM_UP_STEPS] or times_ms
    key = f"engine.decode.b{batch_size}.ctx{context}"
    bench.record(key, statistics.median(steady), "ms", f"longest {max(steady):.2f}")
