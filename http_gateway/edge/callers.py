"""Who a request comes from."""

from aiohttp import web


def caller_of(request: web.Request) -> str:
    """The address of the peer."""
    return request.remote or "unknown"
