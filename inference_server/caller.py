"""Whom the running task works for, and turns of which no caller has all."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from weakref import WeakValueDictionary

# The name of the caller of the call that the running task works for; empty where there is none.
CALLER: ContextVar[str] = ContextVar("CALLER", default="")


class CallerTurns:
    """So many turns at a time; of these, one caller has at most a share, and at least one."""

    def __init__(self, max_turns: int, *, max_caller_share: float) -> None:
        self._max_turns_of_one = max(1, int(max_turns * max_caller_share))
        self._turns = asyncio.Semaphore(max_turns)
        self._turns_by_caller = WeakValueDictionary[str, asyncio.Semaphore]()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """A turn of the caller that the task works for. Callers wait for their own turns first."""
        # Kept only by those who wait for it or hold it.
        turns_of_one = self._turns_by_caller.setdefault(
            CALLER.get(), asyncio.Semaphore(self._max_turns_of_one)
        )
        async with turns_of_one, self._turns:
            yield
