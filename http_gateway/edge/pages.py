"""Keeps pages of the web from calling a gateway that asks for no key.

A page's origin is what its browser says. A page may also point its own name to the gateway's
address, and then its requests seem to be of the same origin; the name in `Host` gives it away.
Names without a dot, such as those of containers, and addresses are no names of pages.
"""

import ipaddress
from collections.abc import Set as AbstractSet

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from http_gateway.config import GatewayConfig
from http_gateway.errors import ApiError, shortened


def refuse_pages(config: GatewayConfig) -> Middleware:
    """A middleware that answers 403 to pages whose origin or host is not allowed.

    Programs send no origin. They may call by any name, unless the gateway listens on this machine
    alone, which has few names.
    """
    names = frozenset({config.host.lower(), *config.allowed_hosts})
    has_few_names = _is_loopback(config.host) and "*" not in names
    origins = frozenset(config.cors_allow_origins)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get(hdrs.HOST, "")
        if has_few_names and not _is_ours(host, names):
            raise ApiError(
                403,
                f"The Host header names {shortened(host)}, which is no name of this gateway; the "
                "setting allowed_hosts can add it.",
            )
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and not _may_call(origin, host, names, origins):
            raise ApiError(
                403,
                f"Pages of {shortened(origin)} may not call this gateway; the setting "
                "cors_allow_origins can allow it.",
            )
        return await handler(request)

    return middleware


def _may_call(origin: str, host: str, names: AbstractSet[str], origins: AbstractSet[str]) -> bool:
    if origin in origins or "*" in origins:
        return True
    # Applications that are no pages have schemes of their own.
    is_page = origin == "null" or origin.lower().startswith(("http://", "https://"))
    is_same = origin.partition("://")[2].lower() == host.lower()
    return not is_page or (is_same and ("*" in names or _is_ours(host, names)))


def _is_ours(host: str, names: AbstractSet[str]) -> bool:
    """Whether this is a name that no page of the web has."""
    try:
        name = (URL(f"http://{host}").host or "").rstrip(".").lower()
    except ValueError:
        return False
    is_local = "." not in name or name.endswith(".localhost")
    return name in names or is_local or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
