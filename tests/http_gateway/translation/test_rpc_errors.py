import grpc
import pytest
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from http_gateway.chat.parse import parse_body
from http_gateway.chat.request import build_request
from http_gateway.errors import ApiError
from http_gateway.translation.rpc_errors import from_rpc

HELLO = b'{"messages": [{"role": "user", "content": "hello"}], "n": 99}'


def failure(
    code: grpc.StatusCode,
    message: str = "said by the server",
    reason: str | None = None,
    *details: Message,
) -> grpc.aio.AioRpcError:
    packed = [any_pb2.Any() for _ in details]
    for target, detail in zip(packed, details, strict=True):
        target.Pack(detail)
    if reason:
        info = any_pb2.Any()
        info.Pack(error_details_pb2.ErrorInfo(reason=reason, domain="nemotron_vl"))
        packed.append(info)
    status = status_pb2.Status(code=code.value[0], message=message, details=packed)
    trailers = grpc.aio.Metadata(("grpc-status-details-bin", status.SerializeToString()))
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailers, message)


def bare(code: grpc.StatusCode, message: str) -> ApiError:
    return from_rpc(grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), message))


@pytest.mark.parametrize(
    ("code", "reason", "status", "kind"),
    [
        ("INVALID_ARGUMENT", "INVALID_ARGUMENT", 400, "BadRequestError"),
        ("INVALID_ARGUMENT", "CONTEXT_LENGTH_EXCEEDED", 400, "BadRequestError"),
        ("UNIMPLEMENTED", "UNSUPPORTED", 400, "BadRequestError"),
        ("UNAUTHENTICATED", "UNAUTHENTICATED", 401, "AuthenticationError"),
        ("PERMISSION_DENIED", "PERMISSION_DENIED", 403, "PermissionDeniedError"),
        ("NOT_FOUND", "MODEL_NOT_FOUND", 404, "NotFoundError"),
        ("RESOURCE_EXHAUSTED", "PAYLOAD_TOO_LARGE", 413, "RequestTooLargeError"),
        ("RESOURCE_EXHAUSTED", "RATE_LIMITED", 429, "RateLimitError"),
        ("RESOURCE_EXHAUSTED", "OVERLOADED", 503, "ServiceUnavailableError"),
        ("UNAVAILABLE", "NOT_SERVING", 503, "ServiceUnavailableError"),
        ("CANCELLED", "CANCELLED", 503, "ServiceUnavailableError"),
        ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", 504, "GatewayTimeoutError"),
    ],
)
def test_a_status_with_a_reason(code: str, reason: str, status: int, kind: str) -> None:
    error = from_rpc(failure(grpc.StatusCode[code], reason=reason))
    assert (error.status, error.body["error"]["type"]) == (status, kind)
    assert error.message == "said by the server"


def test_the_code_is_the_status_but_for_a_context_that_is_exceeded() -> None:
    exceeded = from_rpc(failure(grpc.StatusCode.INVALID_ARGUMENT, reason="CONTEXT_LENGTH_EXCEEDED"))
    other = from_rpc(failure(grpc.StatusCode.INVALID_ARGUMENT, reason="INVALID_ARGUMENT"))
    assert exceeded.body["error"]["code"] == "context_length_exceeded"
    assert other.body["error"]["code"] == 400


@pytest.mark.parametrize("code", ["INTERNAL", "UNKNOWN", "DATA_LOSS"])
def test_the_text_of_a_bug_is_not_shown(code: str) -> None:
    error = from_rpc(failure(grpc.StatusCode[code], "at 0x7f01", reason="ENGINE_FAILED"))
    assert error.status == 500
    assert "0x7f01" not in error.message


@pytest.mark.parametrize("code", ["UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED", "NOT_FOUND"])
def test_texts_of_the_library_are_not_shown(code: str) -> None:
    assert "10.0.0.7" not in bare(grpc.StatusCode[code], "connecting to 10.0.0.7:8001").message


def test_a_message_that_the_library_refuses_is_too_large() -> None:
    text = "Received message larger than max (70000000 vs. 67108864)"
    assert bare(grpc.StatusCode.RESOURCE_EXHAUSTED, text).status == 413
    assert bare(grpc.StatusCode.RESOURCE_EXHAUSTED, "out of memory").status == 503


def test_the_servers_time_to_wait_is_passed_on_in_whole_seconds() -> None:
    retry = error_details_pb2.RetryInfo(
        retry_delay=duration_pb2.Duration(seconds=4, nanos=100_000_000)
    )
    error = from_rpc(failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "full", "OVERLOADED", retry))
    assert error.headers["Retry-After"] == "5"
    assert "x-should-retry" not in error.headers


def test_a_503_always_says_when_to_come_back() -> None:
    assert int(bare(grpc.StatusCode.UNAVAILABLE, "down").headers["Retry-After"]) > 0


def test_clients_are_told_not_to_repeat_a_bad_request() -> None:
    error = from_rpc(failure(grpc.StatusCode.INVALID_ARGUMENT, reason="INVALID_ARGUMENT"))
    assert error.headers["x-should-retry"] == "false"


def test_the_field_is_named_as_the_caller_wrote_it() -> None:
    violation = error_details_pb2.BadRequest.FieldViolation(field="num_choices")
    detail = error_details_pb2.BadRequest(field_violations=[violation])
    text = "num_choices must be 1 to 32, got 99."
    error = from_rpc(
        failure(grpc.StatusCode.INVALID_ARGUMENT, text, "INVALID_ARGUMENT", detail),
        build_request(parse_body(HELLO)).params,
    )
    assert error.body["error"] == {
        "message": "n must be 1 to 32, got 99.",
        "type": "BadRequestError",
        "param": "n",
        "code": 400,
    }
