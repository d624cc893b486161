"""Interleaves asynchronous sources in order of arrival."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import TypeVar

T = TypeVar("T")


async def merge(sources: Iterator[AsyncGenerator[T]], *, max_open: int) -> AsyncGenerator[T]:
    """Yields the sources' items as they come. At most max_open sources are open at once.

    A source is asked for its next item only after the last one was taken, so nothing piles up. An
    error of one source ends all; closing this generator closes every source before it returns.
    """
    pending: dict[asyncio.Future[T], AsyncGenerator[T]] = {}
    current: AsyncGenerator[T] | None = None
    try:
        while True:
            while len(pending) < max_open and (current := next(sources, None)) is not None:
                pending[asyncio.ensure_future(anext(current))] = current
            if not pending:
                return
            done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for future in done:
                current = pending.pop(future)
                try:
                    item = future.result()
                except StopAsyncIteration:
                    continue
                yield item
                pending[asyncio.ensure_future(anext(current))] = current
    finally:
        for future in pending:
            future.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for source in (*pending.values(), *([current] if current else [])):
            await source.aclose()
