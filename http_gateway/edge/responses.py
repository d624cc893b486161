"""Writing to a client that may read slowly, or not at all."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web

_PIECE_BYTES = 256 * 1024


@asynccontextmanager
async def abort_when_stalled(request: web.Request, timeout_s: float) -> AsyncGenerator[None]:
    """Closes the connection of a client that reads nothing; raises ConnectionResetError then."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError:
        if request.transport:
            request.transport.abort()
        raise ConnectionResetError("the client does not read") from None


async def send_json(
    request: web.Request, body: bytes, *, stall_timeout_s: float
) -> web.StreamResponse:
    """Sends a whole answer and returns when it is sent, however long a client reads that reads on.

    Raises ConnectionResetError when the client left or reads no more.
    """
    response = web.StreamResponse()
    response.content_type = "application/json"
    response.content_length = len(body)
    await response.prepare(request)
    for start in range(0, len(body), _PIECE_BYTES):
        async with abort_when_stalled(request, stall_timeout_s):
            await response.write(body[start : start + _PIECE_BYTES])
    async with abort_when_stalled(request, stall_timeout_s):
        await response.write_eof()
    return response
