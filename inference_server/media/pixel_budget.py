"""Bounds the decoded pixels in memory: of all requests together, and of each one."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

from inference_server.errors import PayloadTooLarge


class PixelBudget:
    """Counts the bytes that requests hold until they end; a request decodes while there is room.

    A file's decoded size is known only afterwards, so what max_turns requests hold may come on top
    of the bound.
    """

    def __init__(self, *, max_bytes: int, max_turns: int) -> None:
        self._max_bytes = max_bytes
        self._turns = asyncio.Semaphore(max_turns)
        self._num_bytes = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Waits for a turn to decode: first come, first served, and only while there is room."""
        async with self._turns:
            await self._has_room.wait()
            yield

    @contextmanager
    def held(self, num_bytes: int) -> Generator[None]:
        """Counts the bytes as held until the context ends."""
        self._count(num_bytes)
        try:
            yield
        finally:
            self._count(-num_bytes)

    def _count(self, num_bytes: int) -> None:
        self._num_bytes += num_bytes
        if self._num_bytes < self._max_bytes:
            self._has_room.set()
        else:
            self._has_room.clear()


class PixelAllowance:
    """The pixels that one request may decode, in several threads."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._num_pixels = 0
        self._lock = threading.Lock()

    def take(self, num_pixels: int) -> None:
        """Counts decoded pixels. Raises PayloadTooLarge once they exceed the request's limit."""
        with self._lock:
            self._num_pixels += num_pixels
            is_spent = self._num_pixels > self._max_pixels
        if is_spent:
            raise PayloadTooLarge(
                f"The request's images and sampled video frames together have more than "
                f"{self._max_pixels} pixels, which is the limit.",
                field="messages",
            )
