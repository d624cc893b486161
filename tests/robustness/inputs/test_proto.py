"""Wrong messages of gRPC: each refused with the field's path, and none ends the service."""

import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from nemotron_vl.v1 import inference_pb2, inference_pb2_grpc

from tests.e2e.support.serving import Serving
from tests.inference_server.rpc.calls import InferenceStub as Stub
from tests.robustness.inputs.proto_messages import (
    generations_at_limits,
    good_generation,
    mutated_bytes,
)
from tests.robustness.support.bystander import bystander

_GENERATE = "/nemotron_vl.v1.InferenceService/Generate"
_REFUSALS = {code_pb2.INVALID_ARGUMENT, code_pb2.NOT_FOUND, code_pb2.UNIMPLEMENTED}
_TIMEOUT_S = 120.0

_Detail = TypeVar("_Detail", bound=Message)


@pytest.fixture
async def inference(mock: Serving, channel: grpc.aio.Channel) -> AsyncIterator[Stub]:
    """The service, beside which good requests get their answers."""
    with bystander(mock.http_port, mock.address) as waits:
        yield inference_pb2_grpc.InferenceServiceStub(channel)
    waits.check()


async def test_what_the_wrong_messages_are_made_of_is_good(inference: Stub) -> None:
    assert (await _generate(inference, good_generation())).code == code_pb2.OK


async def test_values_at_the_limits_of_their_types(inference: Stub) -> None:
    num_refused = 0
    for path, generation in generations_at_limits():
        status = await _generate(inference, generation)
        if status.code == code_pb2.OK:
            continue
        num_refused += 1
        assert status.code in _REFUSALS, (path, status)
        top = path.partition(".")[0].partition("[")[0]
        assert any(field.startswith(top) for field in _fields(status)), (path, status)
        for other in (_stream, _batch):
            answer = await other(inference, generation)
            assert (answer.code, answer.message) == (status.code, status.message), path
        check = await _check(inference, generation)
        # Without a look at the media, it may let pass what they contain.
        assert check.code in (code_pb2.OK, status.code), path
    assert num_refused > 300


@pytest.mark.parametrize("number", [500, pytest.param(20_000, marks=pytest.mark.long)])
async def test_changed_bytes(inference: Stub, channel: grpc.aio.Channel, number: int) -> None:
    raw = channel.unary_unary(_GENERATE, request_serializer=bytes, response_deserializer=bytes)
    codes = Counter[int]()
    for data in itertools.islice(mutated_bytes(random.Random(0)), number):
        try:
            await raw(_as_field(data), timeout=_TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            status = _status(error)
            assert status.code in _REFUSALS, (data, status)
            assert list(_details(status, error_details_pb2.ErrorInfo)), data
            codes[status.code] += 1
    assert codes[code_pb2.INVALID_ARGUMENT] > number // 2


async def _generate(inference: Stub, generation: inference_pb2.Generation) -> status_pb2.Status:
    try:
        await inference.Generate(
            inference_pb2.GenerateRequest(generation=generation), timeout=_TIMEOUT_S
        )
    except grpc.aio.AioRpcError as error:
        return _status(error)
    return status_pb2.Status()


async def _stream(inference: Stub, generation: inference_pb2.Generation) -> status_pb2.Status:
    request = inference_pb2.StreamGenerateRequest(generation=generation)
    try:
        async for _ in inference.StreamGenerate(request, timeout=_TIMEOUT_S):
            pass
    except grpc.aio.AioRpcError as error:
        return _status(error)
    return status_pb2.Status()


async def _batch(inference: Stub, generation: inference_pb2.Generation) -> status_pb2.Status:
    items = [inference_pb2.BatchItem(generation=generation)]
    request = inference_pb2.BatchGenerateRequest(items=items)
    async for response in inference.BatchGenerate(request, timeout=_TIMEOUT_S):
        status = response.result.status
        return status_pb2.Status(code=status.code, message=status.message)
    raise AssertionError("no result")


async def _check(inference: Stub, generation: inference_pb2.Generation) -> status_pb2.Status:
    request = inference_pb2.CheckGenerationRequest(generation=generation)
    try:
        await inference.CheckGeneration(request, timeout=_TIMEOUT_S)
    except grpc.aio.AioRpcError as error:
        return _status(error)
    return status_pb2.Status()


def _status(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    status = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType]
    assert status, f"a status of the library's: {error.code()} {error.details()}"
    return status


def _fields(status: status_pb2.Status) -> Iterator[str]:
    for detail in _details(status, error_details_pb2.BadRequest):
        yield from (violation.field for violation in detail.field_violations)


def _details(status: status_pb2.Status, kind: type[_Detail]) -> Iterator[_Detail]:
    for one in status.details:
        detail = kind()
        if one.Unpack(detail):
            yield detail


def _as_field(data: bytes) -> bytes:
    """A GenerateRequest whose generation has these bytes."""
    return b"\x0a" + bytes((len(data) & 0x7F | 0x80, len(data) >> 7)) + data
