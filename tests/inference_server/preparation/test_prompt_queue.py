import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from inference_server.caller import CALLER
from inference_server.errors import Overloaded
from inference_server.preparation.prompt_queue import PromptQueue

LONG = 100_000


@pytest.fixture
async def queue() -> AsyncIterator[PromptQueue]:
    queue = PromptQueue(max_bytes=3 * LONG, max_caller_share=1.0)
    yield queue
    queue.close()


class Blocked:
    """Work that ends when it is let go, or when it is given up."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.calls = 0
        self.was_given_up = threading.Event()

    def __call__(self, is_given_up: Callable[[], bool]) -> str:
        self.calls += 1
        while not self.may_end.wait(0.001):
            if is_given_up():
                self.was_given_up.set()
                break
        return "built"


async def tasks(queue: PromptQueue, work: Blocked, count: int) -> list[asyncio.Task[str]]:
    started = [asyncio.create_task(queue.build(work, LONG)) for _ in range(count)]
    await asyncio.sleep(0)
    return started


async def test_short_texts_do_not_wait_for_long_ones(queue: PromptQueue) -> None:
    work = Blocked()
    long = await tasks(queue, work, 3)
    assert await asyncio.wait_for(queue.build(lambda _: "short", 100), 30) == "short"
    work.may_end.set()
    assert await asyncio.gather(*long) == ["built"] * 3


async def test_text_beyond_the_bound_is_refused_until_some_is_done(queue: PromptQueue) -> None:
    work = Blocked()
    long = await tasks(queue, work, 3)
    with pytest.raises(Overloaded, match=r"100000 bytes .* limit of 300000 bytes"):
        await queue.build(work, LONG)
    work.may_end.set()
    await asyncio.gather(*long)
    assert await queue.build(work, LONG) == "built"


async def test_a_text_alone_is_taken_whatever_its_size(queue: PromptQueue) -> None:
    assert await queue.build(lambda _: "built", 10 * LONG) == "built"


async def test_what_nobody_waits_for_is_given_up_and_what_waits_is_never_begun(
    queue: PromptQueue,
) -> None:
    work = Blocked()
    long = await tasks(queue, work, 3)
    for task in long:
        task.cancel()
    await asyncio.wait(long)
    assert await asyncio.to_thread(work.was_given_up.wait, 30)
    assert await queue.build(lambda _: "next", LONG) == "next"
    assert work.calls <= 2


async def test_a_caller_leaves_room_to_others() -> None:
    queue = PromptQueue(max_bytes=4 * LONG, max_caller_share=0.5)
    work = Blocked()
    CALLER.set("a")
    long = await tasks(queue, work, 2)
    with pytest.raises(Overloaded, match=r"200000 bytes that one caller"):
        await queue.build(work, LONG)
    CALLER.set("b")
    other = asyncio.create_task(queue.build(lambda _: "other", LONG))
    await asyncio.sleep(0)
    work.may_end.set()
    assert await asyncio.gather(*long, other) == ["built", "built", "other"]
    queue.close()


async def test_texts_do_not_wait_for_images(queue: PromptQueue) -> None:
    work = Blocked()
    images = [asyncio.create_task(queue.build(work, 100, has_media=True)) for _ in range(3)]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(queue.build(lambda _: "text", 100), 30) == "text"
    work.may_end.set()
    assert await asyncio.gather(*images) == ["built"] * 3
