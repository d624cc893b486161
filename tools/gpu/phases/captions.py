"""Captioning by the engine's loop alone, without servers and files. All images differ."""

import time
from typing import Any

import numpy as np
import torch

from inference_server.config import EngineConfig
from inference_server.engine.execution.runner import Pending
from inference_server.engine.execution.step import advance
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.startup.build import prepare
from inference_server.engine.startup.core import EngineCore
from inference_server.engine.types import ImageMedia, Prompt, Sampling, Span
from inference_server.media.grid import Tiling
from tools.gpu.workbench import Workbench

_ROUNDS = 2
_WORDS = 40


def measure(bench: Workbench) -> None:
    core = _prepared(bench)
    for count in (1, *bench.sizes.loads):
        _caption(bench, core, count, key=f"engine.captions.{count}")


def measure_budgets(bench: Workbench) -> None:
    """Captioning with several budgets of prompt tokens in a step that streams wait for."""
    for num_tokens in bench.sizes.budgets:
        core = _prepared(bench, max_tokens_beside_decodes=num_tokens)
        for count in bench.sizes.loads:
            _caption(bench, core, count, key=f"budget.{num_tokens}.captions.{count}")
        # The next core needs the memory of this one.
        del core
        bench.free()


def _prepared(bench: Workbench, **settings: int) -> EngineCore:
    """An engine's core for the largest load, with its graphs."""
    sizes = bench.sizes
    values: dict[str, Any] = {
        "device": str(bench.device),
        "max_num_seqs": max(sizes.loads),
        "max_model_len": 2 * sizes.step_tokens,
        "gpu_memory_fraction": 0.85,
    }
    config = EngineConfig.model_validate(values | settings)
    return prepare(bench.model, config, lambda *_: None)


def _caption(bench: Workbench, core: EngineCore, count: int, *, key: str) -> None:
    """Keeps `count` captions in flight until all rounds are done."""
    scheduler, runner = core.scheduler, core.runner
    num_left = count * _ROUNDS
    pending: Pending | None = None
    steps_ms: list[float] = []
    first_ms: float | None = None
    begin = time.perf_counter()
    while num_left or not scheduler.is_idle or pending is not None:
        while num_left and scheduler.num_running + scheduler.num_waiting < count:
            scheduler.add(_sequence(bench, count, num_left))
            num_left -= 1
        start = time.perf_counter()
        pending, result = advance(scheduler, runner, pending)
        now = time.perf_counter()
        steps_ms.append(1000 * (now - start))
        if result.outputs and first_ms is None:
            first_ms = 1000 * (now - begin)
    total_s = time.perf_counter() - begin
    if bench.device.type == "cuda":
        torch.cuda.synchronize()
    bench.record(
        key, count * _ROUNDS / total_s, "captions/s", f"of {bench.sizes.max_tokens} tokens"
    )
    bench.record(f"{key}.first_token", first_ms or 0.0, "ms")
    bench.record(f"{key}.longest_step", max(steps_ms), "ms", f"{len(steps_ms)} steps")


def _sequence(bench: Workbench, count: int, index: int) -> Sequence:
    """A prompt of an image between words."""
    seed = 1000 * count + index
    rng = np.random.default_rng(seed)
    width, height = bench.sizes.image_width, bench.sizes.image_height
    model = bench.config
    tiling = Tiling(
        tile_size=model.tile_size,
        tokens_per_tile=model.tokens_per_tile,
        max_tiles=model.max_tiles,
        use_thumbnail=model.use_thumbnail,
    )
    grid = tiling.grid(width, height)
    media = ImageMedia(
        pixels=rng.integers(0, 256, (height, width, 3), dtype=np.uint8),
        grid=grid,
    )
    length = tiling.num_tokens(grid)
    ids = rng.integers(100, 2**11, 2 * _WORDS + length, dtype=np.int32)
    span = Span(key=seed.to_bytes(8), start=_WORDS, length=length, media=media)
    sampling = Sampling(max_tokens=bench.sizes.max_tokens, temperature=1.0, seed=seed)
    return Sequence(seed, Prompt(token_ids=ids, spans=(span,)), sampling)
