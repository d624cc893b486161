"""Looks up the names of hosts, each in a thread of its own that the fetch's turn counts.

The event loop has few threads for lookups, and a name server that is silent keeps them all busy.
"""

import asyncio
import socket
from concurrent.futures import Future
from contextvars import ContextVar
from threading import Thread

from aiohttp.abc import AbstractResolver, ResolveResult

from http_gateway.errors import Unavailable
from http_gateway.media.turns import Turn

# The turn of the fetch that a task makes. A connector tells its resolver no more than the host.
TURN: ContextVar[Turn] = ContextVar("TURN")

_NUMERIC = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV


class Resolver(AbstractResolver):
    """A lookup goes on when its fetch has given up, and so it keeps the turn of the fetch."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        with TURN.get().hold():
            return await _in_thread(host, port, family)

    async def close(self) -> None:
        """Leaves running lookups alone: nothing can end them."""


def _look_up(host: str, port: int, family: int) -> list[ResolveResult]:
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [
        ResolveResult(
            hostname=host,
            # With the zone of an IPv6 address.
            host=socket.getnameinfo(address, _NUMERIC)[0],
            port=port,
            family=kind,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for kind, _, protocol, _, address in found
    ]


async def _in_thread(host: str, port: int, family: int) -> list[ResolveResult]:
    """Looks up a host in a thread that, unlike a pool's, does not keep the process from ending."""
    future = Future[list[ResolveResult]]()
    # Whoever waits for it can give up, but it cannot be cancelled.
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(_look_up(host, port, family))
        except (OSError, ValueError) as error:
            future.set_exception(error)

    try:
        Thread(target=run, name="lookup", daemon=True).start()
    except RuntimeError:  # the system has no more threads
        raise Unavailable("The gateway cannot look up further names of hosts now.") from None
    return await asyncio.wrap_future(future)
