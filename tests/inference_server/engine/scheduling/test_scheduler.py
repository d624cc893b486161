"""Plans, without a model: every sampled token is the test's."""

import numpy as np
import pytest

from inference_server.engine.scheduling.blocks import BlockPool
from inference_server.engine.scheduling.budget import Budget
from inference_server.engine.scheduling.plan import Plan
from inference_server.engine.scheduling.scheduler import Scheduler
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.scheduling.slots import SlotPool
from inference_server.engine.scheduling.vision_cache import VisionCache
from inference_server.engine.types import FinishReason, Prompt, Sampling
from tests.inference_server.engine.prompts import image, prompt_of, words


def make_scheduler(
    *,
    num_blocks: int = 101,
    num_slots: int = 9,
    max_vision_rows: int = 100,
    max_num_batched_tokens: int = 16,
    max_tiles_per_step: int = 2,
    max_tokens_beside_decodes: int = 1000,
    max_tiles_beside_decodes: int = 1000,
) -> Scheduler:
    return Scheduler(
        blocks=BlockPool(num_blocks=num_blocks, block_size=4),
        slots=SlotPool(num_slots=num_slots),
        vision=VisionCache(max_rows=max_vision_rows, tokens_per_tile=4),
        budget=Budget(
            max_num_tokens=max_num_batched_tokens,
            max_num_tiles=max_tiles_per_step,
            max_tokens_beside_decodes=max_tokens_beside_decodes,
            max_tiles_beside_decodes=max_tiles_beside_decodes,
        ),
    )


def add(
    scheduler: Scheduler, sequence_id: int, prompt: Prompt | int, max_tokens: int = 100
) -> Sequence:
    if isinstance(prompt, int):
        prompt = prompt_of([words(prompt)])
    sequence = Sequence(sequence_id, prompt, Sampling(max_tokens=max_tokens))
    scheduler.add(sequence)
    return sequence


def schedule(scheduler: Scheduler) -> Plan:
    plan = scheduler.schedule()
    assert plan is not None
    return plan


def collect(scheduler: Scheduler, plan: Plan) -> list[tuple[int, FinishReason | None]]:
    counted = scheduler.collect(plan, [7] * len(plan.sampled))
    scheduler.check_integrity()
    return counted


def step(scheduler: Scheduler) -> Plan:
    plan = schedule(scheduler)
    collect(scheduler, plan)
    return plan


def lengths(plan: Plan) -> list[tuple[int, int, int]]:
    return [(row.sequence.id, row.start, row.length) for row in plan.rows]


def test_one_budget_goes_to_decodes_first_then_to_chunks_in_order_of_arrival() -> None:
    scheduler = make_scheduler()
    add(scheduler, 0, 5)
    assert lengths(step(scheduler)) == [(0, 0, 5)]
    add(scheduler, 1, 20)
    add(scheduler, 2, 20)
    assert lengths(step(scheduler)) == [(0, 5, 1), (1, 0, 15)]
    plan = step(scheduler)
    assert lengths(plan) == [(0, 6, 1), (1, 15, 5), (2, 0, 10)]
    assert [row.is_sampled for row in plan.rows] == [True, True, False]
    assert plan.num_tokens == 16
    assert lengths(step(scheduler)) == [(0, 7, 1), (1, 20, 1), (2, 10, 10)]


def test_a_step_is_scheduled_while_the_one_before_is_in_flight() -> None:
    scheduler = make_scheduler()
    add(scheduler, 0, 5)
    first = schedule(scheduler)
    second = schedule(scheduler)
    assert lengths(second) == [(0, 5, 1)]
    assert (first.rows[0].output_index, second.rows[0].output_index) == (0, 1)


def test_a_sequence_at_its_length_is_not_scheduled_again() -> None:
    scheduler = make_scheduler()
    sequence = add(scheduler, 0, 5, max_tokens=2)
    first, second = schedule(scheduler), schedule(scheduler)
    assert scheduler.schedule() is None
    assert collect(scheduler, first) == [(0, None)]
    assert collect(scheduler, second) == [(0, FinishReason.LENGTH)]
    assert sequence.output_ids == [7, 7]
    assert scheduler.is_idle


def test_a_stopped_sequence_keeps_its_memory_until_its_last_step_is_collected() -> None:
    scheduler = make_scheduler()
    sequence = Sequence(
        0, prompt_of([words(5)]), Sampling(max_tokens=9, stop_token_ids=frozenset([7]))
    )
    scheduler.add(sequence)
    first, second = schedule(scheduler), schedule(scheduler)
    assert collect(scheduler, first) == [(0, FinishReason.STOP)]
    assert scheduler.cache_usage > 0.0
    assert collect(scheduler, second) == []
    assert scheduler.cache_usage == 0.0
    assert sequence.output_ids == [7]


def test_waiting_sequences_start_in_order_even_if_a_later_one_would_fit() -> None:
    scheduler = make_scheduler(num_blocks=9, max_num_batched_tokens=64)
    add(scheduler, 0, 20)
    add(scheduler, 1, 16)
    add(scheduler, 2, 2)
    plan = step(scheduler)
    assert [row.sequence.id for row in plan.rows] == [0]
    assert scheduler.num_waiting == 2
    assert scheduler.num_waiting_tokens == 18


def test_no_more_run_than_there_are_slots() -> None:
    scheduler = make_scheduler(num_slots=3)
    for sequence_id in range(4):
        add(scheduler, sequence_id, 2)
    step(scheduler)
    assert (scheduler.num_running, scheduler.num_waiting) == (2, 2)
    scheduler.cancel(0)
    step(scheduler)
    assert (scheduler.num_running, scheduler.num_waiting) == (2, 1)


def test_the_youngest_gives_way_and_comes_back_before_later_arrivals() -> None:
    scheduler = make_scheduler(num_blocks=7, max_num_batched_tokens=64)
    for sequence_id in range(4):
        add(scheduler, sequence_id, 8, max_tokens=12)
    step(scheduler)
    assert scheduler.num_running == 3
    plan = step(scheduler)
    assert [row.sequence.id for row in plan.rows] == [0, 1]
    assert scheduler.num_preempted == 1
    assert (scheduler.num_running, scheduler.num_waiting) == (2, 2)
    started: list[int] = []
    while not scheduler.is_idle:
        started += [row.sequence.id for row in step(scheduler).chunks]
    assert started == sorted(started)
    assert set(started) >= {2, 3}


def test_a_preempted_sequence_computes_prompt_and_outputs_anew_and_counts_on() -> None:
    scheduler = make_scheduler(num_blocks=5, max_num_batched_tokens=64)
    add(scheduler, 0, 4, max_tokens=10)
    younger = add(scheduler, 1, 6, max_tokens=4)
    step(scheduler)
    pending = schedule(scheduler)
    assert lengths(pending) == [(0, 4, 1), (1, 6, 1)]
    while younger.slot:
        following = schedule(scheduler)
        collect(scheduler, pending)
        pending = following
    collect(scheduler, pending)
    num_outputs = len(younger.output_ids)
    assert num_outputs >= 2
    plan = step(scheduler)
    while plan.rows[-1].sequence is not younger:
        plan = step(scheduler)
    row = plan.rows[-1]
    assert (row.start, row.length, row.output_index) == (0, 6 + num_outputs, num_outputs)
    assert row in plan.chunks
    assert younger.token_ids(0, row.end).tolist() == [*words(6), *[7] * num_outputs]


def test_a_waiting_sequence_can_be_canceled() -> None:
    scheduler = make_scheduler(num_slots=2)
    add(scheduler, 0, 2, max_tokens=2)
    add(scheduler, 1, 2)
    step(scheduler)
    scheduler.cancel(1)
    assert scheduler.num_waiting == scheduler.num_waiting_tokens == 0
    step(scheduler)
    scheduler.cancel(1)
    assert scheduler.is_idle


def test_a_chunk_ends_before_media_that_are_not_complete() -> None:
    scheduler = make_scheduler()
    prompt = prompt_of([words(3), (b"a", image(0, columns=2)), words(2)])
    add(scheduler, 0, prompt)
    plan = step(scheduler)
    assert lengths(plan) == [(0, 0, 3)]
    assert [(encode.start, encode.stop) for encode in plan.encodes] == [(0, 2)]
    plan = step(scheduler)
    assert lengths(plan) == [(0, 3, 14)]
    assert [(encode.start, encode.stop) for encode in plan.encodes] == [(2, 3)]


def test_tiles_go_to_the_oldest_sequence_and_the_rest_to_the_next() -> None:
    scheduler = make_scheduler(max_tiles_per_step=4, max_num_batched_tokens=64)
    add(scheduler, 0, prompt_of([(b"a", image(0, columns=2)), words(1)]))
    add(scheduler, 1, prompt_of([(b"b", image(1, columns=2)), words(1)]))
    plan = step(scheduler)
    assert [(encode.span.key, encode.stop) for encode in plan.encodes] == [(b"a", 3), (b"b", 1)]
    assert lengths(plan) == [(0, 0, 13)]
    assert lengths(step(scheduler)) == [(0, 13, 1), (1, 0, 13)]


def test_sequences_whose_media_do_not_fit_together_run_one_after_the_other() -> None:
    scheduler = make_scheduler(max_vision_rows=12, max_num_batched_tokens=64)
    for sequence_id, key in enumerate((b"a", b"b")):
        prompt = prompt_of([(key, image(sequence_id, columns=2)), words(1)])
        add(scheduler, sequence_id, prompt, max_tokens=2)
    step(scheduler)
    assert (scheduler.num_running, scheduler.num_waiting) == (1, 1)
    evicted: list[bytes] = []
    while not scheduler.is_idle:
        evicted += step(scheduler).evicted
    assert evicted == [b"a"]


def test_media_stay_pinned_until_the_step_that_reads_them_is_collected() -> None:
    scheduler = make_scheduler(max_vision_rows=12, max_num_batched_tokens=64, max_tiles_per_step=3)
    add(scheduler, 0, prompt_of([(b"a", image(0, columns=2)), words(1)]))
    add(scheduler, 1, prompt_of([(b"b", image(1, columns=2)), words(1)]))
    reading = schedule(scheduler)
    assert lengths(reading) == [(0, 0, 13)]
    assert schedule(scheduler).evicted == ()
    collect(scheduler, reading)
    assert schedule(scheduler).evicted == (b"a",)


def test_failed_media_end_only_the_sequences_that_need_them() -> None:
    scheduler = make_scheduler(max_num_batched_tokens=64, max_tiles_per_step=8)
    broken = prompt_of([words(2), (b"broken", image(0))])
    add(scheduler, 0, broken)
    add(scheduler, 1, 5)
    add(scheduler, 2, broken)
    add(scheduler, 3, prompt_of([(b"fine", image(1))]))
    plan = schedule(scheduler)
    rest, failed = scheduler.fail_media(plan, [b"broken"])
    assert failed == [0, 2]
    assert [row.sequence.id for row in rest.rows] == [1, 3]
    assert [encode.span.key for encode in rest.encodes] == [b"fine"]
    assert len(collect(scheduler, rest)) == 2
    assert scheduler.num_running == 2


def test_integrity_check_notices_leaked_blocks() -> None:
    scheduler = make_scheduler()
    sequence = add(scheduler, 0, 5)
    schedule(scheduler)
    sequence.blocks = np.empty(0, dtype=np.int32)
    with pytest.raises(AssertionError, match="KV blocks leaked"):
        scheduler.check_integrity()


def test_chunks_and_tiles_beside_decodes_are_few() -> None:
    scheduler = make_scheduler(
        max_num_batched_tokens=64,
        max_tiles_per_step=8,
        max_tokens_beside_decodes=10,
        max_tiles_beside_decodes=2,
    )
    add(scheduler, 0, 40, max_tokens=3)
    assert step(scheduler).num_tokens == 40
    add(scheduler, 1, prompt_of([words(25), (b"a", image(1, columns=4)), words(3)]))
    plans = [step(scheduler) for _ in range(3)]
    assert [len(plan.decodes) for plan in plans] == [1, 1, 0]
    assert [plan.num_tokens for plan in plans] == [11, 11, 5 + 20 + 3]
    assert [plan.num_tiles for plan in plans] == [0, 0, 5]


def test_tiles_beside_decodes_come_a_few_at_a_time() -> None:
    scheduler = make_scheduler(max_tiles_per_step=8, max_tiles_beside_decodes=2)
    add(scheduler, 0, 3, max_tokens=4)
    step(scheduler)
    add(scheduler, 1, prompt_of([(b"a", image(1, columns=4)), words(3)]))
    assert [step(scheduler).num_tiles for _ in range(3)] == [2, 2, 1]
