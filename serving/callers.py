"""Who a request comes from, and how much of a bounded thing each caller holds.

A caller is the label of an API key where there are keys, otherwise the address of the peer without
its port. The gateway tells the inference server whose request it passes on.
"""

from collections.abc import Generator
from contextlib import contextmanager
from ipaddress import IPv6Address, IPv6Network, ip_address

# Metadata of a call, set by the gateway alone.
CALLER_HEADER = "x-nemotron-vl-caller"

# One subscriber of a network has as many IPv6 addresses as it likes below such a prefix.
_PREFIX_BITS = 64


def caller_at(address: str | None) -> str:
    """The caller behind a peer's address: an IPv4 address, or the network of an IPv6 address."""
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address) or parsed.is_loopback:
        return str(parsed)
    # How a socket for both families shows an IPv4 peer.
    return str(parsed.ipv4_mapped or IPv6Network((parsed, _PREFIX_BITS), strict=False))


class CallerShares:
    """What each caller holds: calls, bytes or turns. Who holds nothing gets all it asks for."""

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
