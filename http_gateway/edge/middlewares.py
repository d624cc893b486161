"""Every request gets an id, a log line, and errors in one format."""

import logging
import time

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from http_gateway.config import CONFIG
from http_gateway.edge.cors import origin_headers
from http_gateway.edge.requests import (
    LATE_STATUS,
    REQUEST_ID,
    check_transfer_encoding,
    request_id_of,
)
from http_gateway.edge.routes import no_such_route
from http_gateway.errors import ApiError, Bug, shortened
from http_gateway.metrics import METRICS
from serving.request_id import REQUEST_ID_HEADER

_logger = logging.getLogger(__name__)

_CLIENT_LEFT = 499


@web.middleware
async def account(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Gives the request an id, counts it, and logs one line about it."""
    request[REQUEST_ID] = request_id_of(request)
    metrics = request.app[METRICS]
    status = _CLIENT_LEFT
    start_s = time.monotonic()
    with metrics.in_flight.track_inprogress():
        try:
            response = await handler(request)
            status = request.get(LATE_STATUS, response.status)
            return response
        finally:
            took_s = time.monotonic() - start_s
            route = _route(request)
            metrics.requests.labels(route, status).inc()
            metrics.duration_s.labels(route).observe(took_s)
            _log(request, route, status, took_s)


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every exception into an error response."""
    try:
        check_transfer_encoding(request)
        return await handler(request)
    except ApiError as error:
        return error.response()
    except web.HTTPMethodNotAllowed as error:
        allow = ", ".join(sorted(error.allowed_methods))
        message = f"{shortened(request.path)} takes {allow}, not {error.method}."
        return ApiError(405, message, headers={hdrs.ALLOW: allow}).response()
    except web.HTTPNotFound:
        return no_such_route(request).response()
    except web.HTTPException as error:
        return ApiError(error.status, f"{error.reason}.").response()
    except ConnectionResetError:
        # The client has left: nothing reads this response.
        return web.Response(status=_CLIENT_LEFT)
    except Exception:
        _logger.exception("request %s failed", request[REQUEST_ID], extra=_about(request))
        return Bug().response()


async def mark(request: web.Request, response: web.StreamResponse) -> None:
    """Sets the headers of every answer. For on_response_prepare."""
    response.headers[hdrs.SERVER] = "nemotron-vl"
    # A refused `Expect` is answered before any middleware runs.
    response.headers[REQUEST_ID_HEADER] = request.get(REQUEST_ID) or request_id_of(request)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.update(origin_headers(request, request.app[CONFIG].cors_allow_origins))


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"


def _log(request: web.Request, route: str, status: int, took_s: float) -> None:
    level = logging.INFO if request.method == hdrs.METH_POST else logging.DEBUG
    text = "%s %s %d %.3fs"
    _logger.log(level, text, request[REQUEST_ID], route, status, took_s, extra=_about(request))


def _about(request: web.Request) -> dict[str, str]:
    return {"request_id": request[REQUEST_ID]}
