"""Who a call comes from: the peer's address, or whom a gateway names."""

import logging
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from urllib.parse import unquote

import grpc

from serving.callers import CALLER_HEADER, caller_at

logger = logging.getLogger(__name__)

_MAX_CHARS = 128


class Gateways:
    """The addresses and networks that are believed to speak for another."""

    def __init__(self, networks: Iterable[str]) -> None:
        """Raises ValueError for what is neither an address nor a network."""
        self._networks = tuple(map(ip_network, networks))
        self._is_trusted = lru_cache(1024)(self._has)
        self._has_warned = False

    def caller_of(self, context: grpc.aio.ServicerContext) -> str:
        """The caller's name."""
        address = peer_address(context.peer())
        named = _named(context.invocation_metadata() or ())
        if named and self._is_trusted(address):
            return named
        if named and not self._has_warned:
            self._has_warned = True
            logger.warning(
                "%s calls in the name of others and is not among trusted_gateways: all its calls "
                "count as one caller's",
                address,
            )
        return caller_at(address)

    def _has(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


def peer_address(peer: str) -> str:
    """The address in a peer's name such as ipv4:127.0.0.1:52000 or ipv6:%5B::1%5D:52000."""
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else kind


def _named(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    value = next((value for key, value in metadata if key == CALLER_HEADER), "")
    return value[:_MAX_CHARS] if isinstance(value, str) else ""
