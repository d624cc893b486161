"""The turns to fetch: how many fetches run at once, and how many of them one caller or host holds.

Nobody waits behind one who may not have a turn now: a free turn goes to the next caller that may
have it, and to the next host of that caller.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

from http_gateway.errors import Unavailable
from serving.callers import CallerShares

MAX_FETCHES = 128
# Of these, one host may hold a quarter: one that never answers holds its turns for long.
_HOST_SHARE = 0.25


class Turns:
    """A limit on fetches. Who waits too long for a turn is refused with 503."""

    def __init__(self, most: int, *, max_caller_share: float, max_wait_s: float) -> None:
        self._num_free = most
        self._max_wait_s = max_wait_s
        self._callers = CallerShares(max(1, int(most * max_caller_share)))
        most_of_host = max(1, int(most * _HOST_SHARE))
        self._hosts = CallerShares(most_of_host)
        # So that a host which answers one caller slowly is there for others.
        self._pairs = CallerShares(max(1, int(most_of_host * max_caller_share)))
        # By caller and host. The innermost are ordered sets.
        self._waiting: dict[str, dict[str, dict[asyncio.Future[None], None]]] = {}

    @asynccontextmanager
    async def turn(self, *, caller: str, host: str) -> AsyncGenerator["Turn"]:
        """A turn to fetch from a host. Raises Unavailable if none gets free in time."""
        if self._may_have(caller, host):
            self._count(caller, host, 1)
        else:
            await self._wait(caller, host)
        turn = Turn(self, caller, host)
        with turn.hold():
            yield turn

    def give_back(self, caller: str, host: str) -> None:
        """Ends a turn and gives it to one who waits."""
        self._count(caller, host, -1)
        while (pair := self._next_pair()) is not None:
            self._wake(*pair)

    def _may_have(self, caller: str, host: str) -> bool:
        return (
            self._num_free > 0
            and self._callers.has_room(caller, 1)
            and self._hosts.has_room(host, 1)
            and self._pairs.has_room(f"{caller} {host}", 1)
        )

    def _count(self, caller: str, host: str, num_turns: int) -> None:
        self._num_free -= num_turns
        self._callers.add(caller, num_turns)
        self._hosts.add(host, num_turns)
        self._pairs.add(f"{caller} {host}", num_turns)

    async def _wait(self, caller: str, host: str) -> None:
        given = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, {}).setdefault(host, {})[given] = None
        try:
            async with asyncio.timeout(self._max_wait_s):
                await given
        except BaseException as error:
            if given.cancelled():
                self._forget(caller, host, given)
            else:
                # The turn came in the same moment.
                self.give_back(caller, host)
            if isinstance(error, TimeoutError):
                raise Unavailable(
                    f"Other fetches left no turn to fetch a URL in {self._max_wait_s:g} seconds."
                ) from None
            raise

    def _next_pair(self) -> tuple[str, str] | None:
        """The caller and host that get the next turn, if any may have one."""
        callers = self._waiting if self._num_free else ()
        return next(
            (
                (caller, host)
                for caller in callers
                if self._callers.has_room(caller, 1)
                for host in self._waiting[caller]
                if self._may_have(caller, host)
            ),
            None,
        )

    def _wake(self, caller: str, host: str) -> None:
        # Both go to the end, so that others come first the next time.
        hosts = self._waiting.pop(caller)
        waiting = hosts.pop(host)
        self._waiting[caller] = hosts
        hosts[host] = waiting
        given = next(iter(waiting))
        self._forget(caller, host, given)
        # Cancelled, but its task has not run yet.
        if not given.done():
            given.set_result(None)
            self._count(caller, host, 1)

    def _forget(self, caller: str, host: str, given: asyncio.Future[None]) -> None:
        hosts = self._waiting.get(caller, {})
        waiting = hosts.get(host, {})
        waiting.pop(given, None)
        if not waiting:
            hosts.pop(host, None)
        if not hosts:
            self._waiting.pop(caller, None)


class Turn:
    """One turn, which ends when nothing holds it any longer: the fetch or a lookup made for it."""

    def __init__(self, turns: Turns, caller: str, host: str) -> None:
        self._turns = turns
        self._caller = caller
        self._host = host
        self._num_holders = 0

    @contextmanager
    def hold(self) -> Generator[None]:
        """Keeps the turn until the context ends."""
        self._num_holders += 1
        try:
            yield
        finally:
            self._num_holders -= 1
            if not self._num_holders:
                self._turns.give_back(self._caller, self._host)
