from typing import TypeVar

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from inference_server import errors
from inference_server.rpc.status import to_status

Detail = TypeVar("Detail", bound=Message)

ERRORS = [
    errors.ServerError("m"),
    errors.InvalidArgument("m", field="f"),
    errors.ContextLengthExceeded("m", field="f"),
    errors.Unsupported("m", field="f"),
    errors.ModelNotFound("m", field="f"),
    errors.PayloadTooLarge("m", field="f"),
    errors.Overloaded("m"),
    errors.NotServing("m"),
    errors.SlowReader("m"),
    errors.SlowSender("m"),
    errors.Idle("m"),
    errors.EngineFailed("m"),
]


def details(status: status_pb2.Status, kind: type[Detail]) -> list[Detail]:
    found = [kind() for _ in status.details]
    pairs = zip(status.details, found, strict=True)
    return [message for packed, message in pairs if packed.Unpack(message)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_code_message_and_reason_are_the_errors_own(error: errors.ServerError) -> None:
    status = to_status(error)
    assert status.code == grpc.StatusCode[error.code].value[0]
    assert status.message == "m"
    (info,) = details(status, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain) == (error.reason, "nemotron_vl")


def test_every_error_of_the_tree_is_covered() -> None:
    kinds = {errors.ServerError}
    while more := {sub for kind in kinds for sub in kind.__subclasses__()} - kinds:
        kinds |= more
    assert {type(error) for error in ERRORS} == kinds


def test_a_field_becomes_a_violation() -> None:
    status = to_status(errors.InvalidArgument("must be less", field="sampling.top_p"))
    (bad_request,) = details(status, error_details_pb2.BadRequest)
    (violation,) = bad_request.field_violations
    assert (violation.field, violation.description) == ("sampling.top_p", "must be less")


def test_an_error_without_a_field_has_no_violation() -> None:
    status = to_status(errors.NotServing("m"))
    assert not details(status, error_details_pb2.BadRequest)
    assert not details(status, error_details_pb2.RetryInfo)


def test_an_overload_says_when_to_come_back() -> None:
    status = to_status(errors.Overloaded("m", retry_after_s=2.5))
    (info,) = details(status, error_details_pb2.RetryInfo)
    assert info.retry_delay.ToMilliseconds() == 2500


def test_the_request_id_goes_along() -> None:
    status = to_status(errors.NotServing("m"), request_id="abc")
    (info,) = details(status, error_details_pb2.RequestInfo)
    assert info.request_id == "abc"
