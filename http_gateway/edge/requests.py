"""Reads a request: its body, its id and its trace, each checked."""

import asyncio
import math
import re

from aiohttp import StreamReader, hdrs, web

from http_gateway.byte_budget import Share
from http_gateway.config import CONFIG, GatewayConfig
from http_gateway.edge.callers import caller_of
from http_gateway.errors import ApiError, PayloadTooLarge
from serving.callers import CALLER_HEADER
from serving.request_id import REQUEST_ID_HEADER, choose_request_id

REQUEST_ID = web.RequestKey("REQUEST_ID", str)
# The status of a failure that came after the answer's head, which says 200.
LATE_STATUS = web.RequestKey("LATE_STATUS", int)

_TRACE_HEADERS = ("traceparent", "tracestate")
_TRACE = re.compile(r"[\x20-\x7e]{1,512}")

# The rate of a body is judged over so many seconds: a line may stall for a moment.
_PACE_S = 10.0


def check_transfer_encoding(request: web.Request) -> None:
    """Raises ApiError for codings that would be left undone: the parser undoes chunks alone."""
    if request.headers.get(hdrs.TRANSFER_ENCODING, "chunked").lower() != "chunked":
        raise ApiError(501, "The only supported Transfer-Encoding is chunked.")


async def read_json(request: web.Request, share: Share) -> bytes:
    """The whole body. Raises ApiError if it cannot be JSON, or is too large or too late.

    Clients that declare another type than JSON, or none, are believed to send JSON. Browsers are
    not: they let pages of other origins send such types without asking, and say the origin.
    """
    config = request.app[CONFIG]
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise ApiError(415, "The body must not be compressed.")
    is_json = request.content_type == "application/json" or request.content_type.endswith("+json")
    if not is_json and hdrs.ORIGIN in request.headers:
        raise ApiError(400, "The Content-Type of a browser must be application/json.")
    if request.content_type.startswith("multipart/"):
        raise ApiError(
            400, f"The body must be JSON, not {request.content_type}: send files as data URLs."
        )
    _check_size(request.content_length or 0, config.max_body_bytes)
    # `request.read` would keep the bytes for as long as the answer takes.
    body = bytearray()
    arrival = _Arrival(request.content, config)
    while chunk := await arrival.chunk():
        _check_size(len(body) + len(chunk), config.max_body_bytes)
        share.take(len(chunk))
        body += chunk
    # The reader of JSON would copy a bytearray.
    return bytes(body)


def _check_size(num_bytes: int, max_bytes: int) -> None:
    if num_bytes > max_bytes:
        raise PayloadTooLarge(f"The body may have at most {max_bytes} bytes.")


def call_metadata(request: web.Request) -> list[tuple[str, str]]:
    """The metadata of the call to the inference server: request id, caller and trace."""
    traces = [(name, request.headers.get(name, "")) for name in _TRACE_HEADERS]
    return [
        (REQUEST_ID_HEADER, request[REQUEST_ID]),
        (CALLER_HEADER, caller_of(request)),
        *((name, value) for name, value in traces if _TRACE.fullmatch(value)),
    ]


def request_id_of(request: web.Request) -> str:
    """The client's id for the request, if it is valid, otherwise a new one."""
    return choose_request_id(request.headers.get(REQUEST_ID_HEADER, ""))


class _Arrival:
    """A body as it arrives. One that is too slow would hold its memory for too long."""

    def __init__(self, content: StreamReader, config: GatewayConfig) -> None:
        self._content = content
        self._loop = asyncio.get_running_loop()
        self._end_s = self._loop.time() + config.body_timeout_s
        # Within the pace's seconds, so many bytes must arrive.
        self._num_due = config.min_body_bytes_per_s * _PACE_S
        self._begin_pace()

    async def chunk(self) -> bytes:
        """The next bytes, empty at the end. Raises ApiError if they are late."""
        try:
            async with asyncio.timeout_at(self._pace_end_s):
                chunk = await self._content.readany()
        except TimeoutError:
            raise ApiError(408, "The body took too long to arrive.") from None
        except web.RequestPayloadError:
            raise ApiError(400, "The request is not valid HTTP: its body has bad chunks.") from None
        self._num_bytes += len(chunk)
        if self._num_bytes >= self._num_due:
            self._begin_pace()
        return chunk

    def _begin_pace(self) -> None:
        self._num_bytes = 0
        pace_s = _PACE_S if self._num_due else math.inf
        self._pace_end_s = min(self._loop.time() + pace_s, self._end_s)
