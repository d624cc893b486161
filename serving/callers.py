"""Who a request comes from, and how much of a bounded thing each caller holds.

A caller is the label of an API key where there are keys, otherwise the address of the peer without
its port. The gateway tells the inference server whose request it passes on.
"""

from collections.abc import Generator
from contextlib import contextmanager

# Metadata of a call, set by the gateway alone.
CALLER_HEADER = "x-nemotron-vl-caller"


class CallerShares:
    """What each caller holds: calls, bytes or turns. A caller alone with its first is let in."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: dict[str, int] = {}

    def has_room(self, caller: str, amount: int) -> bool:
        """Whether the caller may hold so much more. Who holds nothing gets all it asks for."""
        held = self._held.get(caller, 0)
        return not held or held + amount <= self.most

    def add(self, caller: str, amount: int) -> None:
        """Counts more for the caller, or less if negative; forgets a caller that holds nothing."""
        held = self._held.get(caller, 0) + amount
        if held:
            self._held[caller] = held
        else:
            self._held.pop(caller, None)

    @contextmanager
    def hold(self, caller: str, amount: int) -> Generator[None]:
        """Counts the amount for the caller until the context ends."""
        self.add(caller, amount)
        try:
            yield
        finally:
            self.add(caller, -amount)
