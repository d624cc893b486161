"""Copies of what items share are bounded and counted."""

import asyncio
import gc
import weakref

import pytest
from nemotron_vl.v1.content_pb2 import ROLE_USER, Image, Message, Part
from nemotron_vl.v1.inference_pb2 import (
    BatchGenerateRequest,
    BatchItem,
    BatchResult,
    Completion,
    Generation,
    Sampling,
)

from inference_server.errors import InvalidArgument, Overloaded
from inference_server.rpc.admission.calls_in_flight import CallsInFlight
from inference_server.rpc.batch import batch_results
from tests.inference_server.rpc.calls import eventually

NUM_ITEMS = 20
SHARED = Generation(
    messages=[Message(role=ROLE_USER, parts=[Part(image=Image(data=b"x" * 1000))])],
    sampling=Sampling(seed=7),
)


class Answers:
    """Answers once they are let go; counts those at work."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.at_work = self.most_at_work = 0
        self.asked: list[Generation] = []

    async def __call__(self, generation: Generation) -> Completion:
        self.asked.append(generation)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            await self.may_end.wait()
        finally:
            self.at_work -= 1
        return Completion()


def results(
    answers: Answers, calls: CallsInFlight, defaults: Generation, *, max_bytes: int = 3500
) -> asyncio.Task[list[BatchResult]]:
    items = [BatchItem(key=str(number)) for number in range(NUM_ITEMS)]
    request = BatchGenerateRequest(defaults=defaults, items=items)
    batch = batch_results(
        request, answers, calls=calls, max_concurrency=NUM_ITEMS, max_bytes=max_bytes
    )

    async def all_results() -> list[BatchResult]:
        return [result async for result in batch]

    return asyncio.create_task(all_results())


@pytest.fixture
def calls() -> CallsInFlight:
    return CallsInFlight(max_calls=9, max_bytes=10_000, max_caller_share=1)


async def test_only_as_many_copies_exist_as_have_room(calls: CallsInFlight) -> None:
    answers = Answers()
    batch = results(answers, calls, SHARED)
    await eventually(lambda: answers.at_work == 3)
    answers.may_end.set()
    assert {result.key for result in await batch} == {str(number) for number in range(NUM_ITEMS)}
    assert answers.most_at_work == 3
    assert all(generation == SHARED for generation in answers.asked)


async def test_a_copy_larger_than_the_bound_is_made_alone(calls: CallsInFlight) -> None:
    answers = Answers()
    answers.may_end.set()
    assert len(await results(answers, calls, SHARED, max_bytes=10)) == NUM_ITEMS
    assert answers.most_at_work == 1


async def test_items_that_share_nothing_run_together(calls: CallsInFlight) -> None:
    answers = Answers()
    batch = results(answers, calls, Generation())
    await eventually(lambda: answers.at_work == NUM_ITEMS)
    answers.may_end.set()
    await batch


async def test_copies_count_among_the_bytes_in_flight(calls: CallsInFlight) -> None:
    answers = Answers()
    batch = results(answers, calls, SHARED)
    await eventually(lambda: answers.at_work == 3)
    with calls.hold("another", 6_500), pytest.raises(Overloaded), calls.hold("another", 1_000):
        pass
    answers.may_end.set()
    await batch
    with calls.hold("another", 6_500), calls.hold("another", 1_000):
        pass


async def test_items_that_wait_end_with_the_call(calls: CallsInFlight) -> None:
    answers = Answers()
    batch = results(answers, calls, SHARED)
    await eventually(lambda: answers.at_work == 3)
    batch.cancel()
    await asyncio.wait([batch])
    await eventually(lambda: not answers.at_work)
    assert len(answers.asked) == 3


async def test_an_item_with_a_very_long_key_fails_alone(calls: CallsInFlight) -> None:
    answers = Answers()
    answers.may_end.set()
    request = BatchGenerateRequest(items=[BatchItem(key="k" * 4097), BatchItem(key="k" * 4096)])
    batch = batch_results(request, answers, calls=calls, max_concurrency=1, max_bytes=10**6)
    long, short = [result async for result in batch]
    assert (long.index, long.key, "key has 4097 bytes" in long.status.message) == (0, "", True)
    assert short.key == "k" * 4096
    assert short.HasField("completion")


async def test_the_copy_of_an_item_that_fails_is_freed_without_the_garbage_collector(
    calls: CallsInFlight,
) -> None:
    class Pixels:
        """Stands for what the frames below an item hold, as messages take no weak references."""

    copies: list[weakref.ref[Pixels]] = []

    async def answer(generation: Generation) -> Completion:
        pixels = Pixels()
        copies.append(weakref.ref(pixels))
        future = asyncio.get_running_loop().create_future()
        future.set_exception(InvalidArgument("The image is broken."))
        return await future

    request = BatchGenerateRequest(defaults=SHARED, items=[BatchItem(), BatchItem()])
    gc.disable()
    try:
        batch = batch_results(request, answer, calls=calls, max_concurrency=1, max_bytes=1)
        assert [result.status.message async for result in batch] == ["The image is broken."] * 2
        assert [copy() for copy in copies] == [None, None]
    finally:
        gc.enable()
