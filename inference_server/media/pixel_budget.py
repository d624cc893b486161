"""Bounds the decoded pixels in memory: of all requests together, and of each one."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from weakref import WeakValueDictionary

from inference_server.errors import PayloadTooLarge
from serving.callers import CallerShares


class PixelBudget:
    """Reserves the bytes that requests need, before anything is decoded.

    Those of one caller wait in order, each until there is room for it in the caller's share, and
    then in the order of all. One that needs more than all there is waits until it is alone.
    """

    def __init__(self, max_bytes: int, *, max_caller_share: float) -> None:
        self._max_bytes = max_bytes
        self._num_bytes = 0
        self._callers = CallerShares(int(max_bytes * max_caller_share))
        self._turn = asyncio.Lock()
        self._turns_by_caller = WeakValueDictionary[str, asyncio.Lock]()
        self._has_changed = asyncio.Event()

    @asynccontextmanager
    async def reserved(self, caller: str, num_bytes: int) -> AsyncGenerator["Reservation"]:
        """Waits for so many bytes, which are reserved until the context ends."""
        async with self._turns_by_caller.setdefault(caller, asyncio.Lock()):
            while not self._callers.has_room(caller, num_bytes):
                await self._change()
            async with self._turn:
                while self._num_bytes and self._num_bytes + num_bytes > self._max_bytes:
                    await self._change()
                self._count(caller, num_bytes)
        reservation = Reservation(num_bytes, partial(self._count, caller))
        try:
            yield reservation
        finally:
            reservation.shrink(0)

    async def _change(self) -> None:
        self._has_changed.clear()
        await self._has_changed.wait()

    def _count(self, caller: str, num_bytes: int) -> None:
        self._num_bytes += num_bytes
        self._callers.add(caller, num_bytes)
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
