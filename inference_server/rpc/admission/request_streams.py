"""Bounds the calls that send requests for as long as they like: pipelines and reflection.

Their next request is always being read, and the transport takes a message that is being read
without end, so each such call may hold a whole message that has not yet arrived.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from inference_server.errors import Overloaded
from serving.callers import CallerShares


class RequestStreams:
    """Counts the calls of one kind, in all and by their callers."""

    def __init__(self, noun: str, max_streams: int, *, max_caller_share: float) -> None:
        self._noun = noun
        self._max_streams = max_streams
        self._num_streams = 0
        self._callers = CallerShares(max(1, int(max_streams * max_caller_share)))

    @contextmanager
    def admit(self, caller: str) -> Iterator[None]:
        """Holds a place for one call."""
        if self._num_streams >= self._max_streams:
            raise Overloaded(
                f"The server takes {self._max_streams} {self._noun} at a time, and all of them "
                "are in use."
            )
        if not self._callers.has_room(caller, 1):
            raise Overloaded(
                f"One caller may have {self._callers.most} {self._noun} at a time, and all of "
                "them are in use."
            )
        self._num_streams += 1
        try:
            with self._callers.hold(caller, 1):
                yield
        finally:
            self._num_streams -= 1
