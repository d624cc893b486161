"""Bearer keys. If there are none, every caller is let in, with any token or none."""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from http_gateway.edge.callers import KEY_LABEL
from http_gateway.edge.keys import Keys
from http_gateway.errors import ApiError

# Orchestrators probe these without a key. Every other path needs one, /metrics too.
_OPEN_PATHS = frozenset({"/health", "/v1/health/live", "/v1/health/ready"})


def require_key(keys: Keys) -> Middleware:
    """A middleware that answers 401 to requests without one of these keys."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if keys and request.path not in _OPEN_PATHS:
            request[KEY_LABEL] = _label(request, keys)
        return await handler(request)

    return middleware


def _label(request: web.Request, keys: Keys) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    label = keys.label_of(token.strip()) if scheme.lower() == "bearer" else None
    if label is None:
        raise ApiError(
            401,
            "Give a valid API key as a bearer token.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return label
