"""One step of the engine: queue the next step on the device, then collect the one before."""

import logging
from dataclasses import dataclass

import torch

from inference_server.engine.execution.runner import Pending, Runner
from inference_server.engine.scheduling.plan import Plan
from inference_server.engine.scheduling.scheduler import Scheduler
from inference_server.engine.types import StepOutput, StepRecord

logger = logging.getLogger(__name__)

MEDIA_FAILED = "An image or video of this request could not be encoded by the model."
MEMORY_FAILED = "The server ran out of memory on this request."


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """Outputs with their sequence ids, failure reasons by sequence id, and the step's record."""

    outputs: list[tuple[int, StepOutput]]
    failed: dict[int, str]
    record: StepRecord


def advance(
    scheduler: Scheduler, runner: Runner, pending: Pending | None
) -> tuple[Pending | None, StepResult]:
    """Launches the next step, if there is one, then collects the pending one.

    Returns the launched step, to be passed as `pending` to the next call: while the host handles
    results, the device always has work.
    """
    plan = scheduler.schedule()
    failed: dict[int, str] = {}
    launched: Pending | None = None
    if plan is not None:
        if keys := runner.encode(plan):
            plan, without_media = scheduler.fail_media(plan, keys)
            failed |= dict.fromkeys(without_media, MEDIA_FAILED)
        try:
            launched = runner.sample(plan, runner.forward(plan))
        except torch.OutOfMemoryError:
            logger.warning("a step of %d tokens ran out of memory", plan.num_tokens)
            failed[scheduler.fail_largest(plan)] = MEMORY_FAILED
    outputs = _collect(scheduler, runner, pending) if pending is not None else []
    assert plan or pending or scheduler.is_idle, "no sequence can go on"
    return launched, StepResult(outputs=outputs, failed=failed, record=_record(scheduler, plan))


def _collect(
    scheduler: Scheduler, runner: Runner, pending: Pending
) -> list[tuple[int, StepOutput]]:
    collected = runner.collect(pending)
    rows = pending.plan.sampled
    outputs: list[tuple[int, StepOutput]] = []
    for index, finish in scheduler.collect(pending.plan, collected.token_ids):
        logprob = collected.logprob_by_row.get(index)
        output = StepOutput(
            token_ids=(collected.token_ids[index],),
            logprobs=() if logprob is None else (logprob,),
            finish=finish,
        )
        outputs.append((rows[index].sequence.id, output))
    return outputs


def _record(scheduler: Scheduler, plan: Plan | None) -> StepRecord:
    return StepRecord(
        num_decodes=len(plan.decodes) if plan else 0,
        num_chunks=len(plan.chunks) if plan else 0,
        num_tokens=plan.num_tokens if plan else 0,
        num_tiles=plan.num_tiles if plan else 0,
        num_running=scheduler.num_running,
        num_waiting=scheduler.num_waiting,
        num_waiting_tokens=scheduler.num_waiting_tokens,
        num_preempted=scheduler.num_preempted,
        cache_usage=scheduler.cache_usage,
    )
