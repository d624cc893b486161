import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from inference_server.interleave import merge


class Source:
    """Yields what it is fed; None ends it."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        self.is_open = False
        self.is_closed = False

    async def items(self) -> AsyncGenerator[str]:
        self.is_open = True
        try:
            while (item := await self.queue.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.is_closed = True


async def test_items_come_in_order_of_arrival() -> None:
    first, second = Source(), Source()
    merged = merge(iter([first.items(), second.items()]), max_open=2)
    second.queue.put_nowait("b1")
    assert await anext(merged) == "b1"
    first.queue.put_nowait("a1")
    assert await anext(merged) == "a1"
    first.queue.put_nowait(None)
    second.queue.put_nowait("b2")
    second.queue.put_nowait(None)
    assert [item async for item in merged] == ["b2"]


async def test_a_source_past_the_bound_waits_until_another_ends() -> None:
    sources = [Source(), Source()]
    merged = merge((source.items() for source in sources), max_open=1)
    sources[0].queue.put_nowait("a")
    sources[1].queue.put_nowait("b")
    assert await anext(merged) == "a"
    assert not sources[1].is_open
    sources[0].queue.put_nowait(None)
    assert await anext(merged) == "b"
    await merged.aclose()


async def test_closing_closes_every_source() -> None:
    sources = [Source(), Source()]
    async with aclosing(merge((s.items() for s in sources), max_open=2)) as merged:
        sources[0].queue.put_nowait("a")
        assert await anext(merged) == "a"
    assert [source.is_closed for source in sources] == [True, True]


async def test_an_error_of_one_source_ends_and_closes_all() -> None:
    sources = [Source(), Source()]
    sources[0].queue.put_nowait(ValueError("broken"))
    with pytest.raises(ValueError, match="broken"):
        async for _ in merge((s.items() for s in sources), max_open=2):
            pass
    assert [source.is_closed for source in sources] == [True, True]


async def test_cancelling_the_reader_closes_every_source() -> None:
    sources = [Source(), Source()]

    async def read() -> None:
        async with aclosing(merge((s.items() for s in sources), max_open=2)) as merged:
            await anext(merged)

    reader = asyncio.create_task(read())
    async with asyncio.timeout(30):
        while not all(source.is_open for source in sources):
            await asyncio.sleep(0)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert [source.is_closed for source in sources] == [True, True]
