"""The errors of calls.

NemotronError             any status, also those that are not below
├── InvalidArgument       INVALID_ARGUMENT, OUT_OF_RANGE, UNIMPLEMENTED; names the field at fault
├── NotFound              NOT_FOUND
├── Unauthenticated       UNAUTHENTICATED, PERMISSION_DENIED
├── PayloadTooLarge       RESOURCE_EXHAUSTED
├── Overloaded            RESOURCE_EXHAUSTED that says when to retry
├── Unavailable           UNAVAILABLE: unreachable, loading or draining
└── DeadlineExceeded      DEADLINE_EXCEEDED
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar, cast

import grpc
from google.protobuf.message import Message
from google.rpc import (  # pyright: ignore[reportMissingTypeStubs] its own .pyi, no py.typed
    error_details_pb2,
    status_pb2,
)

from nemotron_vl.v1 import inference_pb2

M = TypeVar("M", bound=Message)


class NemotronError(Exception):
    """A failed call, or a failed item of a batch.

    `code` is the status, `reason` the server's name of the cause, such as
    CONTEXT_LENGTH_EXCEEDED, and `field` the path of the wrong field, if there is one.
    """

    def __init__(self, status: status_pb2.Status) -> None:
        super().__init__(status.message)
        self.message = status.message
        self.code = _code_by_number.get(status.code, grpc.StatusCode.UNKNOWN)
        info = _detail(status, error_details_pb2.ErrorInfo)
        self.reason = info.reason if info else None
        bad = _detail(status, error_details_pb2.BadRequest)
        self.field = bad.field_violations[0].field if bad and bad.field_violations else None
        retry = _detail(status, error_details_pb2.RetryInfo)
        self.retry_after_s = retry.retry_delay.ToTimedelta().total_seconds() if retry else None


class InvalidArgument(NemotronError):
    """The request is wrong; sending it again does not help."""


class NotFound(NemotronError):
    """No model of this name is served."""


class Unauthenticated(NemotronError):
    """The key is missing or wrong."""


class PayloadTooLarge(NemotronError):
    """The request has more bytes or pixels than the server allows."""


class Overloaded(NemotronError):
    """The queue is full; `retry_after_s` says when to retry."""


class Unavailable(NemotronError):
    """The server cannot be reached, or it is loading or draining."""


class DeadlineExceeded(NemotronError):
    """The timeout passed."""


_code_by_number: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}
_class_by_code = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgument,
    grpc.StatusCode.UNIMPLEMENTED: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: Unauthenticated,
    grpc.StatusCode.RESOURCE_EXHAUSTED: PayloadTooLarge,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}


@contextmanager
def translated() -> Generator[None]:
    """Turns errors of gRPC into ours."""
    try:
        yield
    except grpc.RpcError as error:
        raise from_rpc_error(error) from error


def from_rpc_error(error: grpc.RpcError) -> NemotronError:
    """The error of a failed call, sync or async."""
    call = cast("grpc.Call", error)
    details = dict(call.trailing_metadata() or ()).get("grpc-status-details-bin")
    if isinstance(details, bytes):
        return _from_status(status_pb2.Status.FromString(details))
    return _from_status(status_pb2.Status(code=call.code().value[0], message=call.details()))


def from_item(status: inference_pb2.Status) -> NemotronError:
    """The error of a failed item of a batch."""
    return _from_status(status_pb2.Status.FromString(status.SerializeToString()))


def _from_status(status: status_pb2.Status) -> NemotronError:
    code = _code_by_number.get(status.code, grpc.StatusCode.UNKNOWN)
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and _detail(status, error_details_pb2.RetryInfo):
        return Overloaded(status)
    return _class_by_code.get(code, NemotronError)(status)


def _detail(status: status_pb2.Status, kind: type[M]) -> M | None:
    detail = kind()
    return detail if any(packed.Unpack(detail) for packed in status.details) else None
