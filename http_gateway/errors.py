"""Errors as HTTP responses, in the error format of the OpenAI API.

ApiError                an HTTP status, a message, and the parameter at fault
├── InvalidRequest      400
├── PayloadTooLarge     413
├── Unavailable         503, says when to retry
└── Bug                 500
"""

from typing import Any

import orjson
from aiohttp import web

_TYPE_BY_STATUS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
    408: "RequestTimeoutError",
    413: "RequestTooLargeError",
    415: "UnsupportedMediaTypeError",
    417: "ExpectationFailedError",
    429: "RateLimitError",
    500: "InternalServerError",
    501: "NotImplementedError",
    503: "ServiceUnavailableError",
    504: "GatewayTimeoutError",
}

# The same request would fail again, and a header tells the OpenAI clients so.
_PERMANENT = frozenset({400, 401, 403, 404, 405, 413, 415, 417, 501})


# Characters of a caller's own text, such as a key, that an error repeats at most.
MAX_REPEATED = 200
# What an error says beside them is shorter.
_MAX_MESSAGE = 1000


def shortened(text: str, most: int = MAX_REPEATED) -> str:
    """The beginning of a text that is too long to repeat."""
    return text if len(text) <= most else f"{text[:most]}..."


def _as_unicode(text: str) -> str:
    """The text with escapes for bytes of a header that are not UTF-8, which no JSON can hold."""
    return text.encode(errors="backslashreplace").decode()


class ApiError(Exception):
    """A refused or failed request, with everything that its response needs.

    `code` is a word for programs; if unset, it is the status as a number. Neither the message nor
    the parameter repeats much of what the caller sent.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after_s: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        if param is not None and len(param) > MAX_REPEATED:
            message = message.replace(param, shortened(param))
            param = shortened(param)
        message = _as_unicode(shortened(message, _MAX_MESSAGE))
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param if param is None else _as_unicode(param)
        self.code = code or status
        self.retry_after_s = retry_after_s
        self._headers = headers or {}

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body."""
        return {
            "error": {
                "message": self.message,
                "type": _TYPE_BY_STATUS.get(self.status, "APIError"),
                "param": self.param,
                "code": self.code,
            }
        }

    @property
    def headers(self) -> dict[str, str]:
        """The headers, including those that control whether and when a client retries."""
        headers = dict(self._headers)
        if self.status in _PERMANENT:
            headers["x-should-retry"] = "false"
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(self.retry_after_s)
        return headers

    def response(self) -> web.Response:
        """The error as an HTTP response."""
        return web.json_bytes_response(
            self.body, dumps=orjson.dumps, status=self.status, headers=self.headers
        )


class InvalidRequest(ApiError):
    """The request is wrong; `param` names the parameter."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(400, message, param=param)


class PayloadTooLarge(ApiError):
    """The request, or media that it points to, is too large."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(413, message, param=param)


class Unavailable(ApiError):
    """The request cannot be answered now: loading, draining, down or full."""

    def __init__(self, message: str, *, retry_after_s: int = 2) -> None:
        super().__init__(503, message, retry_after_s=retry_after_s)


class Bug(ApiError):
    """An unexpected failure. Its details are in the log only."""

    def __init__(self) -> None:
        super().__init__(500, "The gateway failed on this request.")
