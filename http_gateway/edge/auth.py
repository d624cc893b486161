"""Bearer keys. If none are configured, every caller is let in, with any token or none."""

import hashlib
import hmac
from collections.abc import Sequence

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from http_gateway.errors import ApiError

# Orchestrators probe these without a key. Every other path needs one, /metrics too.
_OPEN_PATHS = frozenset({"/health", "/v1/health/live", "/v1/health/ready"})


def require_key(keys: Sequence[str]) -> Middleware:
    """A middleware that answers 401 to requests without one of these keys."""
    digests = [_digest(key) for key in keys]

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if digests and request.path not in _OPEN_PATHS and not _is_known(request, digests):
            raise ApiError(
                401,
                "Give a valid API key as a bearer token.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return await handler(request)

    return middleware


def _is_known(request: web.Request, digests: Sequence[bytes]) -> bool:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    given = _digest(token.strip())
    # Every key is compared, so that the time taken does not tell which one matched.
    return sum(hmac.compare_digest(given, digest) for digest in digests) > 0


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="surrogateescape")).digest()
