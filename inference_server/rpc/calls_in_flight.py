"""Bounds the calls in flight, by their number and by the bytes of their requests."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from inference_server.errors import Overloaded


class CallsInFlight:
    """Counts calls and bytes, and refuses what goes beyond the bounds."""

    def __init__(self, *, max_calls: int, max_bytes: int) -> None:
        self._max_calls = max_calls
        self._max_bytes = max_bytes
        self._num_calls = 0
        self._num_bytes = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    @contextmanager
    def admit(self, num_bytes: int) -> Iterator[None]:
        """Holds a place for one call and the bytes of its request."""
        if self._num_calls >= self._max_calls:
            raise Overloaded(
                f"The server takes {self._max_calls} calls at a time, and all of them are in use."
            )
        with self.hold(num_bytes):
            self._num_calls += 1
            self._is_idle.clear()
            try:
                yield
            finally:
                self._num_calls -= 1
                if not self._num_calls:
                    self._is_idle.set()

    @contextmanager
    def hold(self, num_bytes: int) -> Iterator[None]:
        """Holds bytes of one request or item. The first is let in whatever its size."""
        if self._num_bytes and self._num_bytes + num_bytes > self._max_bytes:
            raise Overloaded(
                f"This request of {num_bytes} bytes and those in flight together exceed the limit "
                f"of {self._max_bytes} bytes."
            )
        self._num_bytes += num_bytes
        try:
            yield
        finally:
            self._num_bytes -= num_bytes

    async def wait_idle(self) -> None:
        """Returns once no call is in flight."""
        await self._is_idle.wait()
