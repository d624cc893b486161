"""Whom the running task works for, and turns that callers get one after the other."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from serving.callers import CallerShares

# The name of the caller of the call that the running task works for; empty where there is none.
CALLER: ContextVar[str] = ContextVar("CALLER", default="")


class CallerTurns:
    """So many turns at a time. Whoever waits gets the next one caller by caller, not in order, so
    that nobody waits for all that another caller has sent before.

    One caller has at most max_caller_share of them, where a turn may last for long.
    """

    def __init__(self, max_turns: int, *, max_caller_share: float = 1.0) -> None:
        self._num_free = max_turns
        self._callers = CallerShares(max(1, int(max_turns * max_caller_share)))
        # By caller; whose turn comes next is first.
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """A turn of the caller that the task works for."""
        caller = CALLER.get()
        if self._num_free and self._callers.has_room(caller, 1):
            self._count(caller, 1)
        else:
            await self._wait(caller)
        try:
            yield
        finally:
            self._give_back(caller)

    def _count(self, caller: str, num_turns: int) -> None:
        self._num_free -= num_turns
        self._callers.add(caller, num_turns)

    def _give_back(self, caller: str) -> None:
        self._count(caller, -1)
        while (caller_next := self._next()) is not None:
            self._wake(caller_next)

    async def _wait(self, caller: str) -> None:
        given = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(given)
        try:
            await given
        except asyncio.CancelledError:
            if given.cancelled():
                self._forget(caller, given)
            else:
                # The turn came in the same moment.
                self._give_back(caller)
            raise

    def _next(self) -> str | None:
        """The caller that gets the next turn, if any may have one."""
        callers = self._waiting if self._num_free else ()
        return next((caller for caller in callers if self._callers.has_room(caller, 1)), None)

    def _wake(self, caller: str) -> None:
        # To the end, so that others come first the next time.
        waiting = self._waiting.pop(caller)
        given = waiting.popleft()
        if waiting:
            self._waiting[caller] = waiting
        # Cancelled, but its task has not run yet.
        if not given.done():
            given.set_result(None)
            self._count(caller, 1)

    def _forget(self, caller: str, given: "asyncio.Future[None]") -> None:
        waiting = self._waiting.get(caller)
        if waiting is not None and given in waiting:
            waiting.remove(given)
            if not waiting:
                del self._waiting[caller]
