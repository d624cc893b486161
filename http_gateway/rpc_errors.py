"""The one table from a gRPC status to an HTTP error. Knows nothing of OpenAI's bodies."""

import math
from dataclasses import dataclass

import grpc
from google.protobuf.message import DecodeError
from google.rpc import (  # pyright: ignore[reportMissingTypeStubs]
    error_details_pb2,
    status_pb2,
)

from http_gateway.chat.params import ParamMap
from http_gateway.errors import ApiError

_DOMAIN = "nemotron_vl"
_DETAILS_KEY = "grpc-status-details-bin"

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
    # Had the client gone, nobody would be here to read this: the server ended the call.
    grpc.StatusCode.CANCELLED: 503,
    grpc.StatusCode.ABORTED: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}

_STATUS_BY_REASON = {"PAYLOAD_TOO_LARGE": 413, "RATE_LIMITED": 429}
_KIND_BY_REASON = {"CONTEXT_LENGTH_EXCEEDED": "context_length_exceeded"}

# Said where the status carries no reason of the server, and for all that is a bug: texts of the
# library name addresses, texts of exceptions anything.
_TEXT_BY_STATUS = {
    400: "The inference server refused the request.",
    401: "The inference server asks for credentials.",
    403: "The inference server does not permit this.",
    404: "The inference server does not know this.",
    413: "The request is larger than the inference server takes.",
    429: "Too many requests.",
    500: "The inference server failed on this request.",
    503: "The inference server is not available now.",
    504: "The answer took longer than this gateway waits.",
}


@dataclass(frozen=True, slots=True)
class _Details:
    reason: str | None = None
    field: str | None = None
    retry_delay_s: float | None = None


def from_rpc(error: grpc.RpcError, params: ParamMap | None = None) -> ApiError:
    """The HTTP error of a failed call; `params` translates the field at fault."""
    assert isinstance(error, grpc.aio.AioRpcError)
    details = _details(error)
    status = _status(error, details)
    message = (error.details() if details.reason and status != 500 else "") or ""
    param = None
    if details.field:
        param = params.param(details.field) if params else details.field
        message = message.replace(details.field, param or details.field)
    return ApiError(
        status,
        message or _TEXT_BY_STATUS[status],
        param=param,
        kind=_KIND_BY_REASON.get(details.reason or ""),
        retry_after_s=_retry_after_s(status, details),
    )


def _status(error: grpc.aio.AioRpcError, details: _Details) -> int:
    if details.reason in _STATUS_BY_REASON:
        return _STATUS_BY_REASON[details.reason]
    # The library's own refusal of a message carries no reason, only this text.
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in str(
        error.details()
    ):
        return 413
    return _STATUS_BY_CODE.get(error.code(), 500)


def _retry_after_s(status: int, details: _Details) -> int | None:
    if status not in (429, 503):
        return None
    return max(1, math.ceil(details.retry_delay_s if details.retry_delay_s is not None else 2))


def _details(error: grpc.aio.AioRpcError) -> _Details:
    reason = field = retry_delay_s = None
    for detail in _rich_status(error).details:
        info = error_details_pb2.ErrorInfo()
        bad_request = error_details_pb2.BadRequest()
        retry = error_details_pb2.RetryInfo()
        if detail.Unpack(info) and info.domain == _DOMAIN:
            reason = info.reason
        elif detail.Unpack(bad_request) and bad_request.field_violations:
            field = bad_request.field_violations[0].field or None
        elif detail.Unpack(retry):
            retry_delay_s = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
    return _Details(reason, field, retry_delay_s)


def _rich_status(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                break
    return status_pb2.Status()
