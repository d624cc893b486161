"""Refusals before a request exists: too many connections, bytes that are not HTTP, and unsupported
expectations.

No middleware sees these. aiohttp's own answers are plain text, and its log quotes the bytes, which
may hold a key.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast

import orjson
from aiohttp import hdrs, web
from aiohttp.http import HttpVersion11, RawRequestMessage

from http_gateway.edge.connections import Connections
from http_gateway.errors import ApiError, Unavailable
from serving.callers import caller_at
from serving.request_id import REQUEST_ID_HEADER, new_request_id

_logger = logging.getLogger(__name__)

# A client that is still sending would not read an answer that is followed by a reset.
_LINGER_S = 0.5

_END_OF_HEAD = b"\r\n\r\n"
_MAX_PIPELINED = 32

_Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class EnvelopeRunner(web.AppRunner):
    """An AppRunner whose connections answer with our JSON errors, and are so many at most."""

    def __init__(self, app: web.Application, *, connections: Connections, **options: Any) -> None:
        super().__init__(app, **options)
        self._connections = connections

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _Server(
            _with_expectations_refused(server.request_handler),
            self._connections,
            request_factory=server.request_factory,
            **self._kwargs,
        )


class _Server(web.Server):
    def __init__(self, handler: Any, open_connections: Connections, **options: Any) -> None:
        super().__init__(handler, **options)
        self._open = open_connections

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._open, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    __slots__ = ("_open",)

    def __init__(self, manager: web.Server, open_connections: Connections, **options: Any) -> None:
        super().__init__(manager, **options)
        self._open = open_connections

    @property
    def is_idle(self) -> bool:
        return self._current_request is None and not self._messages

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        if self._open.admit(self, caller_at(peer[0] if peer else None)):
            super().connection_made(transport)
        else:
            # uvloop's are no subclass.
            self._refuse(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        # The parser drops the requests before bytes that are not HTTP if they come together, so
        # requests come one by one. In a body the pieces do no harm, if they are not too many.
        start = 0
        for _ in range(_MAX_PIPELINED):
            end = data.find(_END_OF_HEAD, start) + len(_END_OF_HEAD)
            if end < len(_END_OF_HEAD) or end == len(data):
                break
            super().data_received(data[start:end])
            start = end
        super().data_received(data[start:])
        if self._messages and not isinstance(self._messages[-1][0], RawRequestMessage):
            self._end_bodies()

    def _end_bodies(self) -> None:
        """Fails a body that is not HTTP, which otherwise would never end. One answer is enough."""
        bodies = [body for _, body in self._messages]
        if self._current_request:
            bodies.append(self._current_request.content)
        for body in bodies:
            if not body.is_eof():
                body.set_exception(web.RequestPayloadError("not HTTP"))
                body.feed_eof()
                self._messages.pop()
                self.close()
                return

    def connection_lost(self, exc: BaseException | None) -> None:
        self._open.remove(self)
        super().connection_lost(exc)

    def _refuse(self, transport: asyncio.Transport) -> None:
        # What arrives is not read.
        self._force_close = True
        transport.write(_raw(Unavailable("The gateway has too many connections.")))
        self._loop.call_later(_LINGER_S, transport.close)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status != 400:
            return super().handle_error(request, status, exc, message)
        # The text after the colon quotes the request.
        reason = (message or "").partition("\n")[0].partition(":")[0]
        _logger.debug("a request is not valid HTTP: %s", reason)
        response = ApiError(400, f"The request is not valid HTTP: {reason}.").response()
        response.headers[hdrs.SERVER] = "nemotron-vl"
        response.headers[REQUEST_ID_HEADER] = new_request_id()
        response.force_close()
        return response


async def meet_expectation(request: web.Request) -> web.StreamResponse | None:
    """Tells a client to send its body. Every other expectation is refused."""
    if request.version < HttpVersion11:
        return None
    if request.headers[hdrs.EXPECT].lower() != "100-continue":
        return _refused_expectation()
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    # Or aiohttp would take the answer for begun.
    request.writer.output_size = 0
    return None


def _with_expectations_refused(handler: _Handler) -> _Handler:
    """aiohttp's own answer, on the other routes and on none, is plain text."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPExpectationFailed:
            return _refused_expectation()

    return handle


def _refused_expectation() -> web.Response:
    return ApiError(417, "The only supported expectation is 100-continue.").response()


def _raw(error: ApiError) -> bytes:
    """The bytes of a response that ends its connection."""
    body = orjson.dumps(error.body)
    headers = error.headers | {
        hdrs.CONTENT_TYPE: "application/json",
        hdrs.CONTENT_LENGTH: str(len(body)),
        hdrs.CONNECTION: "close",
        hdrs.SERVER: "nemotron-vl",
        REQUEST_ID_HEADER: new_request_id(),
    }
    lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
