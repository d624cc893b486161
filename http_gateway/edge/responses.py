"""Writes to clients that may be slow readers or read nothing."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager

from aiohttp import web

_PIECE_BYTES = 64 * 1024


@asynccontextmanager
async def abort_when_stalled(request: web.Request, timeout_s: float) -> AsyncGenerator[None]:
    """Closes the connection if the client reads nothing, and raises ConnectionResetError."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError:
        if request.transport:
            request.transport.abort()
        raise ConnectionResetError("the client does not read") from None


async def send_json(
    request: web.Request, parts: Iterable[bytes], *, stall_timeout_s: float
) -> web.StreamResponse:
    """Sends a whole answer and returns when it is sent. Only each piece has a time limit.

    Other requests get their turn after each piece, since a client that reads fast never makes this
    one wait. Raises ConnectionResetError if the client leaves or stops reading.
    """
    response = web.StreamResponse()
    response.content_type = "application/json"
    pieces = joined(parts)
    first, second = next(pieces, b""), next(pieces, None)
    if second is None:
        response.content_length = len(first)
    await response.prepare(request)
    for piece in itertools.chain([first], [] if second is None else [second], pieces):
        async with abort_when_stalled(request, stall_timeout_s):
            await response.write(piece)
        await asyncio.sleep(0)
    async with abort_when_stalled(request, stall_timeout_s):
        await response.write_eof()
    return response


def joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces worth a write, none much larger; no part is asked for before its
    turn.
    """
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) >= _PIECE_BYTES:
            yield bytes(waiting[:_PIECE_BYTES])
            del waiting[:_PIECE_BYTES]
    if waiting:
        yield bytes(waiting)
