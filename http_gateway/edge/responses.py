"""Writes to clients that may be slow readers or read nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web

_PIECE_BYTES = 256 * 1024


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
    request: web.Request, body: bytes, *, stall_timeout_s: float
) -> web.StreamResponse:
    """Sends a whole answer and returns when it is sent. Only each piece has a time limit.

    Raises ConnectionResetError if the client leaves or stops reading.
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
