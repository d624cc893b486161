"""A limit on the bytes that all requests together hold: bodies and fetched media.

Small requests have a part of it to themselves, so that large ones, or bodies that never end, leave
room for them. Of either part, one caller may hold only so much.
"""

from collections.abc import Generator
from contextlib import contextmanager

from aiohttp import web

from http_gateway.errors import Unavailable
from serving.callers import CallerShares

# Requests of at most so many bytes are small.
SMALL_BYTES = 2**20
_PART_OF_SMALL = 0.25


class ByteBudget:
    """Overload is answered with 503 before the process runs out of memory."""

    def __init__(self, max_bytes: int, *, max_caller_share: float = 1.0) -> None:
        max_small = int(max_bytes * _PART_OF_SMALL)
        self.small = _Pool(max_small, max_caller_share)
        self.large = _Pool(max_bytes - max_small, max_caller_share)

    @contextmanager
    def share(self, caller: str) -> Generator["Share"]:
        """The bytes that one request of a caller holds, returned at the end of the block."""
        share = Share(self, caller)
        try:
            yield share
        finally:
            share.give_back()


BYTES = web.AppKey("BYTES", ByteBudget)


class Share:
    """The bytes that one request holds: in the part for small requests until it is a large one."""

    def __init__(self, budget: ByteBudget, caller: str) -> None:
        self._budget = budget
        self._caller = caller
        self._pool = budget.small
        self.num_bytes = 0

    def take(self, num_bytes: int) -> None:
        """Raises Unavailable if the other requests, or others of the caller, leave no room."""
        total = self.num_bytes + num_bytes
        pool = self._budget.small if total <= SMALL_BYTES else self._budget.large
        # For a moment it holds nothing, since who is alone gets all it asks for.
        self._pool.add(self._caller, -self.num_bytes)
        try:
            pool.check(self._caller, total)
        except Unavailable:
            self._pool.add(self._caller, self.num_bytes)
            raise
        pool.add(self._caller, total)
        self._pool, self.num_bytes = pool, total

    def give_back(self) -> None:
        """Returns all of it."""
        self._pool.add(self._caller, -self.num_bytes)
        self.num_bytes = 0


class _Pool:
    """Bytes, and who holds them. A request that is alone gets all it asks for, or it could never
    run.
    """

    def __init__(self, max_bytes: int, max_caller_share: float) -> None:
        self._max_bytes = max_bytes
        self._num_bytes = 0
        self._callers = CallerShares(int(max_bytes * max_caller_share))

    def check(self, caller: str, num_bytes: int) -> None:
        """Raises Unavailable if there is no room for so many bytes of the caller."""
        if self._num_bytes and self._num_bytes + num_bytes > self._max_bytes:
            raise Unavailable("The requests in flight use all the memory reserved for them.")
        if not self._callers.has_room(caller, num_bytes):
            raise Unavailable("Your requests in flight use all the memory that one caller may use.")

    def add(self, caller: str, num_bytes: int) -> None:
        """Counts more, or less if negative."""
        self._num_bytes += num_bytes
        self._callers.add(caller, num_bytes)
