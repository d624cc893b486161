"""Who a request comes from."""

from aiohttp import web

from serving.callers import caller_at

# The label of the key that opened the gateway. `auth` sets it.
KEY_LABEL = web.RequestKey("KEY_LABEL", str)


def caller_of(request: web.Request) -> str:
    """The label of the request's key where there are keys, else the peer's address.

    Headers such as X-Forwarded-For are not believed: anyone can send them.
    """
    return request.get(KEY_LABEL) or caller_at(request.remote)
