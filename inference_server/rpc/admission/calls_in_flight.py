"""Bounds the calls in flight and the bytes of their requests: of all callers, and of each one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from inference_server.errors import Overloaded
from serving.callers import CallerShares


class CallsInFlight:
    """Counts calls and bytes, and refuses what goes beyond the bounds.

    One caller gets at most `max_caller_share` of each, so that the others always find room.
    """

    def __init__(self, *, max_calls: int, max_bytes: int, max_caller_share: float) -> None:
        self._max_calls = max_calls
        self._max_bytes = max_bytes
        self._calls_by_caller = CallerShares(max(1, int(max_calls * max_caller_share)))
        self._bytes_by_caller = CallerShares(int(max_bytes * max_caller_share))
        self._num_calls = 0
        self._num_bytes = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    @contextmanager
    def admit(self, caller: str) -> Iterator[None]:
        """Holds a place for one call."""
        if self._num_calls >= self._max_calls:
            raise Overloaded(
                f"The server takes {self._max_calls} calls at a time, and all of them are in use."
            )
        if not self._calls_by_caller.has_room(caller, 1):
            raise Overloaded(
                f"One caller may have {self._calls_by_caller.most} calls at a time, and all of "
                "them are in use."
            )
        self._num_calls += 1
        self._is_idle.clear()
        try:
            with self._calls_by_caller.hold(caller, 1):
                yield
        finally:
            self._num_calls -= 1
            if not self._num_calls:
                self._is_idle.set()

    @contextmanager
    def hold(self, caller: str, num_bytes: int) -> Iterator[None]:
        """Holds bytes of one request or item. The first is let in whatever its size."""
        if self._num_bytes and self._num_bytes + num_bytes > self._max_bytes:
            raise Overloaded(
                f"This request of {num_bytes} bytes and those in flight together exceed the limit "
                f"of {self._max_bytes} bytes."
            )
        if not self._bytes_by_caller.has_room(caller, num_bytes):
            raise Overloaded(
                f"This request of {num_bytes} bytes and the caller's others in flight exceed the "
                f"{self._bytes_by_caller.most} bytes that one caller may have."
            )
        self._num_bytes += num_bytes
        try:
            with self._bytes_by_caller.hold(caller, num_bytes):
                yield
        finally:
            self._num_bytes -= num_bytes

    async def wait_idle(self) -> None:
        """Returns once no call is in flight."""
        await self._is_idle.wait()
