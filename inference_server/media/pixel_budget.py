"""Bounds the decoded pixels in memory: of all requests together, and of each one."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from inference_server.errors import PayloadTooLarge


class PixelBudget:
    """Reserves the bytes that requests need, before anything is decoded.

    They wait in order, each until there is room for all it needs. One that needs more than all
    there is waits until it is alone.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._num_bytes = 0
        self._turn = asyncio.Lock()
        self._has_changed = asyncio.Event()

    @asynccontextmanager
    async def reserved(self, num_bytes: int) -> AsyncGenerator["Reservation"]:
        """Waits for so many bytes, which are reserved until the context ends."""
        async with self._turn:
            while self._num_bytes and self._num_bytes + num_bytes > self._max_bytes:
                self._has_changed.clear()
                await self._has_changed.wait()
            self._count(num_bytes)
        reservation = Reservation(num_bytes, self._count)
        try:
            yield reservation
        finally:
            reservation.shrink(0)

    def _count(self, num_bytes: int) -> None:
        self._num_bytes += num_bytes
        self._has_changed.set()


class Reservation:
    """Bytes of a budget."""

    def __init__(self, num_bytes: int, count: Callable[[int], None]) -> None:
        self._num_bytes = num_bytes
        self._count = count

    def shrink(self, num_bytes: int) -> None:
        """Keeps so many bytes and returns the others."""
        self._count(num_bytes - self._num_bytes)
        self._num_bytes = num_bytes


class PixelAllowance:
    """The pixels that one request may decode, in several threads."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._num_pixels = 0
        self._lock = threading.Lock()

    def take(self, num_pixels: int) -> None:
        """Counts pixels. Raises PayloadTooLarge once they exceed the request's limit."""
        with self._lock:
            self._num_pixels += num_pixels
            is_spent = self._num_pixels > self._max_pixels
        if is_spent:
            raise PayloadTooLarge(
                f"The request's images and sampled video frames together have more than "
                f"{self._max_pixels} pixels, which is the limit.",
                field="messages",
            )
