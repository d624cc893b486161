"""A limit on the bytes that all requests together hold: bodies and fetched media."""

from collections.abc import Generator
from contextlib import contextmanager

from aiohttp import web

from http_gateway.errors import Unavailable


class ByteBudget:
    """Overload is answered with 503 before the process runs out of memory."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._num_bytes = 0

    @contextmanager
    def share(self) -> Generator["Share"]:
        """The bytes that one request holds, returned at the end of the block."""
        share = Share(self)
        try:
            yield share
        finally:
            self._num_bytes -= share.num_bytes

    def take(self, num_bytes: int, share: "Share") -> None:
        """Adds to a share. A request that is alone gets all it asks for, or it could never run."""
        others = self._num_bytes - share.num_bytes
        if others and self._num_bytes + num_bytes > self._max_bytes:
            raise Unavailable("The requests in flight use all the memory reserved for them.")
        self._num_bytes += num_bytes
        share.num_bytes += num_bytes


BYTES = web.AppKey("BYTES", ByteBudget)


class Share:
    """The part of a budget that one request holds."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self.num_bytes = 0

    def take(self, num_bytes: int) -> None:
        """Raises Unavailable if the other requests leave no room."""
        self._budget.take(num_bytes, self)
