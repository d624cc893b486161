"""The drain: new generations are refused, and running ones may finish."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from aiohttp import web

from http_gateway.errors import Unavailable


class Drain:
    """Counts running generations. Once it has begun, it refuses new ones."""

    def __init__(self) -> None:
        self.is_draining = False
        self._num_running = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def generation(self) -> Generator[None]:
        """A context for one generation. Raises Unavailable while draining."""
        if self.is_draining:
            raise Unavailable("This gateway is shutting down.")
        self._num_running += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._num_running -= 1
            if self._num_running == 0:
                self._idle.set()

    async def begin(self, grace_s: float) -> bool:
        """True when no generation runs any more, False when the grace period is over."""
        self.is_draining = True
        try:
            async with asyncio.timeout(grace_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True


DRAIN = web.AppKey("DRAIN", Drain)
