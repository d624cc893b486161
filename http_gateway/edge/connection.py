"""Refusals before a request exists: bytes that are not HTTP, and unsupported expectations.

No middleware sees these. aiohttp's own answers are plain text, and its log quotes the bytes, which
may hold a key.
"""

import logging

from aiohttp import hdrs, web
from aiohttp.http import HttpVersion11

from http_gateway.errors import ApiError
from serving.request_id import REQUEST_ID_HEADER, new_request_id

_logger = logging.getLogger(__name__)


class EnvelopeRunner(web.AppRunner):
    """An AppRunner whose connections answer with our JSON errors."""

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _Server(
            server.request_handler, request_factory=server.request_factory, **self._kwargs
        )


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
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
        return ApiError(417, "The only supported expectation is 100-continue.").response()
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    # Or aiohttp would take the answer for begun.
    request.writer.output_size = 0
    return None
