"""Cross-origin requests, for the origins that are allowed."""

from collections.abc import Sequence

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from serving.request_id import REQUEST_ID_HEADER

_MAX_AGE_S = 600


def allow_origins(origins: Sequence[str]) -> Middleware:
    """A middleware that answers preflight requests from these origins, or from all with `*`."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_preflight = (
            request.method == hdrs.METH_OPTIONS
            and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
        )
        if is_preflight and _allowed(request, origins):
            return web.Response(status=204, headers=_preflight_headers(request))
        return await handler(request)

    return middleware


def origin_headers(request: web.Request, origins: Sequence[str]) -> dict[str, str]:
    """The headers that let a page read the answer; none if its origin is not allowed."""
    origin = _allowed(request, origins)
    if origin is None:
        return {}
    return {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
        hdrs.ACCESS_CONTROL_EXPOSE_HEADERS: REQUEST_ID_HEADER,
        hdrs.VARY: hdrs.ORIGIN,
    }


def _allowed(request: web.Request, origins: Sequence[str]) -> str | None:
    origin = request.headers.get(hdrs.ORIGIN)
    # No origin has characters beyond ASCII, and bytes that are not UTF-8 cannot be repeated.
    is_origin = origin is not None and origin.isascii()
    return origin if is_origin and ("*" in origins or origin in origins) else None


def _preflight_headers(request: web.Request) -> dict[str, str]:
    wanted = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "*")
    return {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST",
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: wanted if wanted.isascii() else "*",
        hdrs.ACCESS_CONTROL_MAX_AGE: str(_MAX_AGE_S),
    }
