"""Bounds the decoded pixels in memory: those of all requests, and those of each."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

from inference_server.errors import PayloadTooLarge


class PixelBudget:
    """Counts the bytes that requests hold until their end; one decodes only while there is room.

    What a file decodes to is known only afterwards, so the bound may be passed by what max_turns
    requests hold.
    """

    def __init__(self, *, max_bytes: int, max_turns: int) -> None:
        self._max_bytes = max_bytes
        self._turns = asyncio.Semaphore(max_turns)
        self._num_bytes = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """A turn to decode; comes in order of asking, and once there is room."""
        async with self._turns:
            await self._has_room.wait()
            yield

    @contextmanager
    def held(self, num_bytes: int) -> Generator[None]:
        """Counts the bytes until the context ends."""
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
    """The pixels that one request may decode, in whichever threads."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._num_pixels = 0
        self._lock = threading.Lock()

    def take(self, num_pixels: int) -> None:
        """Counts what was decoded. Raises PayloadTooLarge for more than the request may have."""
        with self._lock:
            self._num_pixels += num_pixels
            is_spent = self._num_pixels > self._max_pixels
        if is_spent:
            raise PayloadTooLarge(
                f"The images and sampled frames have more than {self._max_pixels} pixels together.",
                field="messages",
            )
