"""Turns errors into google.rpc.Status, for whole calls and for single items alike."""

import grpc
from google.protobuf import any_pb2, duration_pb2, message
from google.rpc import error_details_pb2, status_pb2

from inference_server.errors import Overloaded, ServerError

_DOMAIN = "nemotron_vl"


def to_status(error: ServerError, *, request_id: str | None = None) -> status_pb2.Status:
    """The status that a caller gets: code, message, and details for a program to read."""
    details: list[message.Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=_DOMAIN)
    ]
    if request_id is not None:
        details.append(error_details_pb2.RequestInfo(request_id=request_id))
    if error.field is not None:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=error.field, description=error.message
        )
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    if isinstance(error, Overloaded):
        delay = duration_pb2.Duration()
        delay.FromNanoseconds(int(error.retry_after_s * 1e9))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return status_pb2.Status(
        code=grpc.StatusCode[error.code].value[0],
        message=error.message,
        details=[_packed(detail) for detail in details],
    )


def _packed(detail: message.Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
