"""Requests that are wrong as a whole, and bytes that are no message, by every method."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import grpc
import pytest
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from tests.robustness.inputs.answers import shown
from tests.robustness.inputs.protos import broken_bytes, wrong_requests
from tests.robustness.inputs.protos.calls import refusal_fault
from tests.robustness.inputs.protos.raw_calls import (
    all_methods,
    call,
    good_request,
    is_ours,
    paths_with,
    request_kind,
)
from tests.robustness.inputs.protos.sample import good_generation
from tests.robustness.inputs.protos.wrong_requests import Request
from tests.robustness.inputs.service import Service

METHODS = all_methods()
_CODES = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}


@pytest.mark.parametrize(
    "requests",
    [
        wrong_requests.wrong_requests,
        wrong_requests.without_request,
        wrong_requests.unknown_methods,
    ],
    ids=lambda requests: requests.__name__,
)
def test_requests(service: Service, requests: Callable[[], Iterator[Request]]) -> None:
    judged = (
        (f"{request.path} {request.name}", partial(_fault, service, request))
        for request in requests()
    )
    service.judge_all("proto requests", judged)


@pytest.mark.parametrize("path", METHODS)
def test_broken(service: Service, path: str) -> None:
    _send(service, path, broken_bytes.broken())


@pytest.mark.parametrize("path", METHODS)
def test_changed(service: Service, path: str) -> None:
    good = good_request(path, good_generation())
    _send(service, path, broken_bytes.changed(good, seed=1, count=20))


@pytest.mark.parametrize("path", sorted({*paths_with("generation"), *paths_with("item")}))
def test_cut(service: Service, path: str) -> None:
    _send(service, path, broken_bytes.cut(good_request(path, good_generation()), step=31))


@pytest.mark.long
@pytest.mark.parametrize("path", METHODS)
def test_changed_often(service: Service, path: str) -> None:
    good = good_request(path, good_generation())
    _send(service, path, broken_bytes.changed(good, seed=2, count=400))
    _send(service, path, broken_bytes.cut(good, step=1))


def _send(service: Service, path: str, inputs: Iterable[tuple[str, bytes]]) -> None:
    judged = (
        (f"{path} {name}", partial(_bytes_fault, service, path, name, data))
        for name, data in inputs
    )
    service.judge_all("proto bytes", judged)


def _bytes_fault(service: Service, path: str, name: str, data: bytes) -> str | None:
    request = Request(name=name, path=path, sent=(data,), may_pass=_is_message(path, data))
    return _fault(service, request)


def _is_message(path: str, data: bytes) -> bool:
    try:
        GetMessageClass(request_kind(path)).FromString(data)
    except DecodeError:
        return False
    return True


def _fault(service: Service, request: Request) -> str | None:
    error = call(service.channel, request.path, request.sent)
    sent = shown(request.sent[0]) if request.sent else "nothing"
    if error is None:
        why = None if request.may_pass else "was accepted"
    elif error.code not in _CODES:
        why = f"{error.code.name}: {error.message}"
    elif is_ours(request.path) and request.path in METHODS:
        why = refusal_fault(error)
        if request.field is not None and error.field != request.field:
            why = f"names {error.field} and not {request.field}: {error.message}"
    else:
        why = None
    return why and f"{request.path} {request.name}: {why}\n    sent: {sent}"
