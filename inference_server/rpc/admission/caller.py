"""Who a call comes from: the peer's address, or whom a gateway names."""

from collections.abc import Collection, Iterable
from contextvars import ContextVar
from urllib.parse import unquote

import grpc

from serving.callers import CALLER_HEADER, caller_at

_MAX_CHARS = 128

# Of the call that the running task works for.
CALLER: ContextVar[str] = ContextVar("CALLER", default="")


def caller_of(context: grpc.aio.ServicerContext, gateways: Collection[str]) -> str:
    """The caller's name. Only the addresses in `gateways` are believed to speak for another."""
    address = peer_address(context.peer())
    if address in gateways:
        return _named(context.invocation_metadata() or ()) or caller_at(address)
    return caller_at(address)


def peer_address(peer: str) -> str:
    """The address in a peer's name such as ipv4:127.0.0.1:52000 or ipv6:%5B::1%5D:52000."""
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else kind


def _named(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    value = next((value for key, value in metadata if key == CALLER_HEADER), "")
    return value[:_MAX_CHARS] if isinstance(value, str) else ""
