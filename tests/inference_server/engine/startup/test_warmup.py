from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from inference_server.config import EngineConfig
from inference_server.engine.scheduling.budget import choose_budget
from inference_server.engine.startup.warmup import Warmup
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tests.inference_server.engine.loop import Loop

CONFIG = EngineConfig(max_num_batched_tokens=64, max_tiles_per_step=4)


def warm_up(loop: Loop) -> None:
    budget = choose_budget(CONFIG, "cpu")
    Warmup(limits=loop.limits, budget=budget).run(loop.scheduler, loop.runner)


def test_takes_every_path(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop()
    warm_up(loop)
    plans = loop.runner.plans
    assert (plans[0].num_tokens, len(plans[0].sampled)) == (64, 8)
    kinds = {(bool(plan.decodes), bool(plan.chunks)) for plan in plans}
    assert kinds == {(False, True), (True, True), (True, False)}
    assert any(row.start and row.length > 1 for plan in plans for row in plan.chunks)
    assert {plan.num_tiles for plan in plans} >= {4}
    samplings = {row.sequence.sampling.top_logprobs for plan in plans for row in plan.sampled}
    assert samplings == {None, 1}


def test_leaves_no_sequence_behind(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop()
    warm_up(loop)
    loop.scheduler.check_integrity()
    assert loop.scheduler.is_idle
    assert loop.scheduler.cache_usage == 0.0


def test_stays_within_small_limits(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(num_blocks=6, max_num_seqs=2)
    loop.limits = replace(loop.limits, max_model_len=20, max_vision_rows=8)
    warm_up(loop)
    assert loop.scheduler.is_idle


def test_running_out_of_memory_is_an_error(
    make_loop: Callable[..., Loop], model: NemotronNanoVL, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(hidden: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory")

    loop = make_loop()
    monkeypatch.setattr(model, "logits", run_out)
    with pytest.raises(RuntimeError, match="memory"):
        warm_up(loop)
