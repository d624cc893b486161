import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterable

import grpc
import pytest
from google.rpc import error_details_pb2
from nemotron_vl.v1 import inference_pb2
from nemotron_vl.v1.inference_pb2 import Generation
from nemotron_vl.v1.inference_pb2 import StreamGenerateResponse as Event

from inference_server.errors import EngineFailed, Overloaded
from inference_server.rpc.admission import interceptor
from inference_server.rpc.server import RpcServer
from inference_server.service import Service
from tests.inference_server.fake_engine import FakeEngine
from tests.inference_server.rpc.calls import (
    CONFIG,
    InferenceStub,
    detail,
    eventually,
    first_response,
)


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
