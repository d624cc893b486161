"""The end of the process: no new generations, those that run finish, then it stops."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from aiohttp import web

from http_gateway.errors import Unavailable


class Drain:
    """Counts generations. Once it has begun, readiness is gone and new ones are refused."""

    def __init__(self) -> None:
        self.is_draining = False
        self._num_running = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def generation(self) -> Generator[None]:
        """Held while one runs. Raises Unavailable while draining."""
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
        """Returns when nothing runs any more, or with False when the grace is over."""
        self.is_draining = True
        try:
            async with asyncio.timeout(grace_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True


DRAIN = web.AppKey("DRAIN", Drain)
