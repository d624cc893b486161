import asyncio
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterable

import grpc
import pytest
from google.rpc import error_details_pb2
from nemotron_vl.v1 import inference_pb2, inference_pb2_grpc, model_pb2
from nemotron_vl.v1.inference_pb2 import Generation
from nemotron_vl.v1.inference_pb2 import StreamGenerateResponse as Event
from nemotron_vl.v1.model_pb2 import Model

from inference_server.engine.types import Load
from inference_server.errors import EngineFailed, Overloaded
from inference_server.observability.metrics import Metrics
from inference_server.rpc.admission import interceptor
from inference_server.rpc.admission.operations import MAX_OF_ONE
from inference_server.rpc.gate import Served
from inference_server.rpc.server import RpcServer, listening
from inference_server.rpc.validation.validator import Validator
from inference_server.service import Service
from serving.callers import CALLER_HEADER
from tests.inference_server.fake_engine import FakeEngine
from tests.inference_server.rpc.calls import (
    CONFIG,
    MODEL_LEVEL,
    Health,
    InferenceStub,
    ModelStub,
    detail,
    eventually,
    first_response,
)
from tests.raw_http2 import RawConnection


async def test_a_refused_field_is_named_in_the_details(
    server: RpcServer, inference: InferenceStub, question: Generation
) -> None:
    question.sampling.top_p = 3
    request = inference_pb2.GenerateRequest(generation=question)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inference.Generate(request, metadata=(("x-request-id", "my-id"),))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert detail(caught.value, error_details_pb2.ErrorInfo).reason == "INVALID_ARGUMENT"
    (violation,) = detail(caught.value, error_details_pb2.BadRequest).field_violations
    assert violation.field == "sampling.top_p"
    assert detail(caught.value, error_details_pb2.RequestInfo).request_id == "my-id"


@pytest.mark.parametrize("rpc", ["Generate", "StreamGenerate"])
async def test_an_early_refusal_of_the_engine_is_a_status_and_no_event(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation, rpc: str
) -> None:
    engine.refusals = [Overloaded("full", retry_after_s=3)]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await first_response(inference, rpc, question)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert detail(caught.value, error_details_pb2.ErrorInfo).reason == "OVERLOADED"
    assert detail(caught.value, error_details_pb2.RetryInfo).retry_delay.seconds == 3


@pytest.mark.parametrize("rpc", ["Generate", "StreamGenerate"])
async def test_a_bug_is_internal_and_says_nothing(
    server: RpcServer,
    inference: InferenceStub,
    engine: FakeEngine,
    question: Generation,
    rpc: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine.refusals = [RuntimeError("secret path")]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await first_response(inference, rpc, question)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in str(caught.value)
    assert "secret path" in caplog.text


async def test_an_engine_that_dies_in_a_stream_ends_it_with_an_error(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    engine.script = [*engine.script[:2], EngineFailed("The engine has failed.")]
    request = inference_pb2.StreamGenerateRequest(generation=question)
    call = inference.StreamGenerate(request)
    assert (await anext(aiter(call))).WhichOneof("event") == "started"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await drained(call)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert detail(caught.value, error_details_pb2.ErrorInfo).reason == "ENGINE_FAILED"


async def test_a_slow_reader_is_dropped(
    server: RpcServer,
    inference: InferenceStub,
    question: Generation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its answer is closed, though the caller stays connected."""

    async def flood(service: Service, generation: Generation) -> AsyncGenerator[Event]:
        try:
            while True:
                yield Event(delta=inference_pb2.Delta(text="x" * 500_000))
        finally:
            is_freed.set()

    is_freed = asyncio.Event()
    monkeypatch.setattr(interceptor, "_READ_TIMEOUT_S", 0.2)
    monkeypatch.setattr(Service, "stream", flood)
    call = inference.StreamGenerate(inference_pb2.StreamGenerateRequest(generation=question))
    assert len((await anext(aiter(call))).delta.text) == 500_000
    await asyncio.wait_for(is_freed.wait(), 30)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await drained(call)
    assert caught.value.code() is grpc.StatusCode.ABORTED
    assert detail(caught.value, error_details_pb2.ErrorInfo).reason == "SLOW_READER"


async def test_cancelling_a_unary_call_cancels_its_sequence(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    engine.proceed.clear()
    call = inference.Generate(inference_pb2.GenerateRequest(generation=question))
    await eventually(lambda: engine.streams)
    call.cancel()
    await eventually(lambda: engine.streams[0].is_canceled)


async def test_cancelling_a_stream_cancels_its_sequence(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    engine.proceed.clear()
    call = inference.StreamGenerate(inference_pb2.StreamGenerateRequest(generation=question))
    assert (await anext(aiter(call))).WhichOneof("event") == "started"
    assert not engine.streams[0].is_canceled
    call.cancel()
    await eventually(lambda: engine.streams[0].is_canceled)


async def test_a_deadline_cancels_the_sequence(
    server: RpcServer,
    inference: InferenceStub,
    engine: FakeEngine,
    question: Generation,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    engine.proceed.clear()
    request = inference_pb2.GenerateRequest(generation=question)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inference.Generate(request, timeout=2)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await eventually(lambda: engine.streams[0].is_canceled)
    await eventually(lambda: re.search(r"Generate (DEADLINE_EXCEEDED|CANCELLED)", caplog.text))


async def test_calls_beyond_the_bound_are_refused_and_later_ones_let_in(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    engine.proceed.clear()
    request = inference_pb2.GenerateRequest(generation=question)
    running = [inference.Generate(request) for _ in range(CONFIG.max_calls)]
    await eventually(lambda: len(engine.streams) == CONFIG.max_calls)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inference.Generate(request)
    assert detail(caught.value, error_details_pb2.ErrorInfo).reason == "OVERLOADED"
    engine.proceed.set()
    for call in running:
        await call
    await inference.Generate(request)


async def drained(call: AsyncIterable[object]) -> None:
    async for _ in call:
        pass


BROKEN = [b"\x0a\xff", b"\x08", b"\xff" * 20, b"\x0a\x03\x12\x01\x0a"]


@pytest.mark.parametrize("data", BROKEN, ids=repr)
@pytest.mark.parametrize("rpc", ["Generate", "StreamGenerate", "BatchGenerate", "CountTokens"])
async def test_a_request_that_cannot_be_decoded_is_the_callers_fault(
    server: RpcServer,
    channel: grpc.aio.Channel,
    metrics: Metrics,
    rpc: str,
    data: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.unary_stream(f"/{MODEL_LEVEL}/{rpc}")(data).read()
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert detail(caught.value, error_details_pb2.ErrorInfo).reason == "INVALID_ARGUMENT"
    assert "is not a valid nemotron_vl.v1." in str(caught.value.details())
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    text = metrics.text(Load(num_running=0, num_waiting=0, num_waiting_tokens=0, cache_usage=0))
    assert f'code="INVALID_ARGUMENT",method="{rpc}"' in text


async def test_an_item_of_a_pipeline_that_cannot_be_decoded_ends_it(
    server: RpcServer, channel: grpc.aio.Channel, caplog: pytest.LogCaptureFixture
) -> None:
    call = channel.stream_stream(f"/{MODEL_LEVEL}/Pipeline")(iter([b"\x0a\xff"]))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await drained(call)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_request_of_too_many_fields_is_refused_before_it_is_decoded(
    server: RpcServer, channel: grpc.aio.Channel
) -> None:
    parts = b"\x12\x00" * 200_000
    data = encoded(1, encoded(2, parts))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.unary_unary(f"/{MODEL_LEVEL}/Generate")(data)
    assert detail(caught.value, error_details_pb2.ErrorInfo).reason == "PAYLOAD_TOO_LARGE"


def encoded(number: int, part: bytes) -> bytes:
    """A field with a part of more than 127 bytes."""
    length, size = bytearray(), len(part)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes((number << 3 | 2, *length, size)) + part


async def test_a_call_that_ends_without_its_request_is_refused(
    server: RpcServer, channel: grpc.aio.Channel
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.stream_unary(f"/{MODEL_LEVEL}/Generate")(iter([]))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "without its request" in str(caught.value.details())


async def test_calls_whose_requests_do_not_come_are_ended(
    metrics: Metrics, service: Service, model: Model, question: Generation
) -> None:
    """They have a place as others do, and give it back."""
    config = CONFIG.model_copy(update={"message_timeout_s": 0.3})
    async with listening(config, metrics) as server:
        await server.open(Served(service=service, model=model, validator=Validator(model)))
        with RawConnection(server.address) as connection:
            for _ in range(config.max_calls):
                connection.open_call(f"/{MODEL_LEVEL}/Generate".encode())
            await asyncio.to_thread(connection.read_until, b"has not arrived")
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub: InferenceStub = inference_pb2_grpc.InferenceServiceStub(channel)
            await stub.Generate(inference_pb2.GenerateRequest(generation=question))


async def test_one_caller_cannot_take_every_place(
    metrics: Metrics, service: Service, model: Model, engine: FakeEngine, question: Generation
) -> None:
    """The gateway's callers are told apart by the names that it gives."""
    config = CONFIG.model_copy(update={"max_calls": 4, "max_caller_share": 0.5})
    request = inference_pb2.GenerateRequest(generation=question)
    engine.proceed.clear()
    async with (
        listening(config, metrics) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        await server.open(Served(service=service, model=model, validator=Validator(model)))
        stub: InferenceStub = inference_pb2_grpc.InferenceServiceStub(channel)
        first, second = (((CALLER_HEADER, name),) for name in ("first", "second"))
        running = [stub.Generate(request, metadata=first) for _ in range(2)]
        await eventually(lambda: len(engine.streams) == 2)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Generate(request, metadata=first)
        assert detail(caught.value, error_details_pb2.RetryInfo).retry_delay.seconds == 1
        other = stub.Generate(request, metadata=second)
        await eventually(lambda: len(engine.streams) == 3)
        engine.proceed.set()
        for call in (*running, other):
            await call


async def test_a_look_at_the_server_needs_no_place_among_the_calls(
    server: RpcServer,
    inference: InferenceStub,
    models: ModelStub,
    health: Health,
    engine: FakeEngine,
    question: Generation,
) -> None:
    engine.proceed.clear()
    request = inference_pb2.GenerateRequest(generation=question)
    running = [inference.Generate(request) for _ in range(CONFIG.max_calls)]
    await eventually(lambda: len(engine.streams) == CONFIG.max_calls)
    await models.GetModel(model_pb2.GetModelRequest())
    await models.GetLoad(model_pb2.GetLoadRequest())
    await models.GetMetrics(model_pb2.GetMetricsRequest())
    assert await health(MODEL_LEVEL) == "SERVING"
    engine.proceed.set()
    for call in running:
        await call


async def test_open_streams_of_health_are_bounded_for_each_caller(
    server: RpcServer, channel: grpc.aio.Channel
) -> None:
    watch = channel.unary_stream("/grpc.health.v1.Health/Watch")
    watches = [watch(b"") for _ in range(MAX_OF_ONE)]
    for call in watches:
        await call.read()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await watch(b"").read()
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    other = await watch(b"", metadata=((CALLER_HEADER, "another"),)).read()
    assert other == b"\x08\x01"
    for call in watches:
        call.cancel()


async def test_a_caller_that_leaves_while_its_answer_is_written_has_canceled(
    server: RpcServer,
    channel: grpc.aio.Channel,
    question: Generation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def flood(service: Service, generation: Generation) -> AsyncGenerator[Event]:
        while True:
            yield Event(delta=inference_pb2.Delta(text="x" * 500_000))

    caplog.set_level("INFO")
    monkeypatch.setattr(Service, "stream", flood)
    for number in range(8):
        # The last frame of the call is sent at another moment each time.
        request = inference_pb2.StreamGenerateRequest(generation=question)
        stub: InferenceStub = inference_pb2_grpc.InferenceServiceStub(channel)
        call = stub.StreamGenerate(request)
        await anext(aiter(call))
        await asyncio.sleep(number * 0.01)
        call.cancel()
    await eventually(lambda: caplog.text.count("StreamGenerate CANCELLED") == 8)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
