"""Maps a gRPC status to an HTTP error."""

import math
import re

import grpc
from nemotron_vl.errors import NemotronError, from_rpc_error

from http_gateway.errors import ApiError
from http_gateway.translation.param_map import ParamMap

_STATUS_BY_CODE = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNIMPLEMENTED: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 503,
    grpc.StatusCode.UNAVAILABLE: 503,
    # The server ended the call: if the client had left, this code would not run.
    grpc.StatusCode.CANCELLED: 503,
    grpc.StatusCode.ABORTED: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
_STATUS_BY_REASON = {"PAYLOAD_TOO_LARGE": 413, "RATE_LIMITED": 429}
_CODE_BY_REASON = {"CONTEXT_LENGTH_EXCEEDED": "context_length_exceeded"}

# Used if the status has no reason from the server, and for bugs: the library's texts name
# addresses, and exceptions may name anything.
_TEXT_BY_STATUS = {
    400: "The inference server refused the request.",
    401: "The inference server asks for credentials.",
    403: "The inference server does not permit this.",
    404: "The inference server does not know this.",
    413: "The request is larger than the inference server allows.",
    429: "Too many requests.",
    500: "The inference server failed on this request.",
    503: "The inference server is not available now.",
    504: "The answer took longer than this gateway waits.",
}
_RETRY_AFTER_S = 2.0


def from_rpc(error: grpc.RpcError, params: ParamMap | None = None) -> ApiError:
    """The HTTP error of a failed call; `params` translates the field at fault."""
    failure = from_rpc_error(error)
    status = _status(failure)
    message = failure.message if failure.reason and status != 500 else _TEXT_BY_STATUS[status]
    param = params.param(failure.field) if params and failure.field else None
    if failure.field and param:
        message = _renamed(message, failure.field, param)
    return ApiError(
        status,
        message,
        param=param,
        code=_CODE_BY_REASON.get(failure.reason or ""),
        retry_after_s=_retry_after_s(status, failure),
    )


def _status(failure: NemotronError) -> int:
    if failure.reason in _STATUS_BY_REASON:
        return _STATUS_BY_REASON[failure.reason]
    # The library refuses a message without a reason, with this text only.
    is_exhausted = failure.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    if is_exhausted and not failure.reason and "larger than max" in failure.message:
        return 413
    return _STATUS_BY_CODE.get(failure.code, 500)


def _renamed(message: str, field: str, param: str) -> str:
    return re.sub(rf"(?<![\w.]){re.escape(field)}(?![\w\[])", lambda _: param, message)


def _retry_after_s(status: int, failure: NemotronError) -> int | None:
    if status not in (429, 503):
        return None
    wait_s = _RETRY_AFTER_S if failure.retry_after_s is None else failure.retry_after_s
    return max(1, math.ceil(wait_s))
