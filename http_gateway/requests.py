"""What every request gets: an id, an account of how it went, and errors in one envelope."""

import asyncio
import logging
import re
import time
import uuid

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from http_gateway.cors import origin_headers
from http_gateway.errors import ApiError, PayloadTooLarge
from http_gateway.keys import CONFIG, METRICS, REQUEST_ID

_logger = logging.getLogger(__name__)

_ID_HEADER = "x-request-id"
_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_TRACE_HEADERS = ("traceparent", "tracestate")
_TRACE = re.compile(r"[\x21-\x7e]{1,512}")
_CLIENT_LEFT = 499


@web.middleware
async def account(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Names the request, counts it, and writes its one line in the log."""
    request[REQUEST_ID] = _request_id(request)
    metrics = request.app[METRICS]
    status = _CLIENT_LEFT
    start_s = time.monotonic()
    with metrics.in_flight.track_inprogress():
        try:
            response = await handler(request)
            status = response.status
            return response
        finally:
            took_s = time.monotonic() - start_s
            route = _route(request)
            metrics.requests.labels(route, status).inc()
            metrics.duration_s.labels(route).observe(took_s)
            _log(request, route, status, took_s)


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns whatever is raised into the envelope. The text of a bug stays in the log."""
    try:
        return await handler(request)
    except ApiError as error:
        return error.response()
    except web.HTTPRequestEntityTooLarge:
        limit = request.app[CONFIG].max_body_bytes
        return PayloadTooLarge(f"The body may have {limit} bytes.").response()
    except web.HTTPMethodNotAllowed as error:
        allow = ", ".join(sorted(error.allowed_methods))
        message = f"{request.path} takes {allow}, not {error.method}."
        return ApiError(405, message, headers={hdrs.ALLOW: allow}).response()
    except web.HTTPNotFound:
        return ApiError(404, "There is nothing at this path.").response()
    except ConnectionResetError:
        # Nobody is there to read what goes out now.
        return web.Response(status=_CLIENT_LEFT)
    except Exception:
        _logger.exception("request %s failed", request[REQUEST_ID])
        return ApiError(500, "The gateway failed on this request.").response()


async def mark(request: web.Request, response: web.StreamResponse) -> None:
    """The headers of every answer. For on_response_prepare."""
    response.headers[_ID_HEADER] = request.get(REQUEST_ID, "")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.update(origin_headers(request, request.app[CONFIG].cors_allow_origins))


async def read_json(request: web.Request) -> bytes:
    """The body, if it is JSON by its own account, whole, in time, and not too large.

    Pages of other origins can send any type but JSON without asking first, so nothing else is
    taken from them as JSON.
    """
    config = request.app[CONFIG]
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise ApiError(415, "The body must not be compressed.")
    if request.content_type != "application/json":
        raise ApiError(400, "The Content-Type must be application/json.")
    if (request.content_length or 0) > config.max_body_bytes:
        raise PayloadTooLarge(f"The body may have {config.max_body_bytes} bytes.")
    try:
        async with asyncio.timeout(config.body_timeout_s):
            return await request.read()
    except TimeoutError:
        raise ApiError(408, "The body took too long to arrive.") from None


def call_metadata(request: web.Request) -> list[tuple[str, str]]:
    """What the inference server is told about the request beside its message."""
    traces = [(name, request.headers.get(name, "")) for name in _TRACE_HEADERS]
    return [
        (_ID_HEADER, request[REQUEST_ID]),
        *((name, value) for name, value in traces if _TRACE.fullmatch(value)),
    ]


def _request_id(request: web.Request) -> str:
    given = request.headers.get(_ID_HEADER, "")
    return given if _ID.fullmatch(given) else uuid.uuid4().hex


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"


def _log(request: web.Request, route: str, status: int, took_s: float) -> None:
    level = logging.INFO if request.method == hdrs.METH_POST else logging.DEBUG
    _logger.log(level, "%s %s %d %.3fs", request[REQUEST_ID], route, status, took_s)
