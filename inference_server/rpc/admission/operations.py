"""Bounds the calls that only look at the server: its model, load, metrics, health and schema.

Each caller has a bound of its own and there is none for all, so no other caller can keep an
operator from looking.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from inference_server.errors import Overloaded
from serving.callers import CallerShares

# A caller's streams stay open, its other calls last for milliseconds.
MAX_OF_ONE = 256


class Operations:
    """Counts these calls by their callers."""

    def __init__(self) -> None:
        self._shares = CallerShares(MAX_OF_ONE)

    @contextmanager
    def admit(self, caller: str) -> Iterator[None]:
        """Holds a place for one call."""
        if not self._shares.has_room(caller, 1):
            raise Overloaded(
                f"One caller may have {MAX_OF_ONE} calls about model, health and schema at a "
                "time, and all of them are in use."
            )
        with self._shares.hold(caller, 1):
            yield
