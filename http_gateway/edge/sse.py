"""One answer as server-sent events."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Self

import orjson
from aiohttp import web

from http_gateway.edge.responses import abort_when_stalled

_WRITE_BYTES = 32 * 1024

_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    # Keeps proxies from buffering the stream.
    "X-Accel-Buffering": "no",
}


class EventStream:
    """Headers are sent on entry, and a comment after each `heartbeat_s` of silence.

    Every write raises ConnectionResetError if the client leaves or stops reading.
    """

    def __init__(self, request: web.Request, *, heartbeat_s: float, stall_timeout_s: float) -> None:
        self.response = web.StreamResponse(headers=_HEADERS)
        self._request = request
        self._heartbeat_s = heartbeat_s
        self._stall_timeout_s = stall_timeout_s
        self._last_write_s = 0.0

    async def __aenter__(self) -> Self:
        await self.response.prepare(self._request)
        self._loop = asyncio.get_running_loop()
        self._last_write_s = self._loop.time()
        self._heart = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._heart.cancel()

    async def send(self, events: Iterable[dict[str, Any]]) -> None:
        """Sends events, few as one write. Other requests get their turn between writes of many."""
        data = b""
        for event in events:
            if len(data) >= _WRITE_BYTES:
                await self._write(data)
                await asyncio.sleep(0)
                data = b""
            data += b"data: %b\n\n" % orjson.dumps(event)
        if data:
            await self._write(data)

    async def close(self) -> None:
        """Sends the end marker.

        One last write: a client may disconnect on reading the marker, and a later write would count
        that as leaving too early.
        """
        self._heart.cancel()
        async with abort_when_stalled(self._request, self._stall_timeout_s):
            await self.response.write_eof(b"data: [DONE]\n\n")

    async def _write(self, data: bytes) -> None:
        async with abort_when_stalled(self._request, self._stall_timeout_s):
            await self.response.write(data)
        self._last_write_s = self._loop.time()

    async def _beat(self) -> None:
        with suppress(ConnectionResetError):
            while True:
                silent_s = self._loop.time() - self._last_write_s
                if silent_s < self._heartbeat_s:
                    await asyncio.sleep(self._heartbeat_s - silent_s)
                else:
                    await self._write(b": still here\n\n")
