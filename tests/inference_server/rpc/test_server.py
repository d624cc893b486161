import asyncio
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc._cython import cygrpc
from grpc_reflection.v1alpha import reflection_pb2
from nemotron_vl.v1 import inference_pb2, model_pb2
from nemotron_vl.v1.inference_pb2 import Generation

from inference_server.observability.metrics import Metrics
from inference_server.rpc.server import RpcServer, channel_options, listening
from tests.inference_server.fake_engine import FakeEngine
from tests.inference_server.rpc.calls import (
    CONFIG,
    MODEL_LEVEL,
    Health,
    InferenceStub,
    ModelStub,
    detail,
    eventually,
)


async def test_while_loading_the_process_is_healthy_and_the_model_is_not(
    loading_server: RpcServer,
    inference: InferenceStub,
    models: ModelStub,
    health: Health,
    question: Generation,
) -> None:
    assert await health("") == "SERVING"
    assert await health(MODEL_LEVEL) == "NOT_SERVING"
    for call in (
        inference.Generate(inference_pb2.GenerateRequest(generation=question)),
        models.GetModel(model_pb2.GetModelRequest()),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert detail(caught.value, error_details_pb2.ErrorInfo).reason == "NOT_SERVING"


async def test_a_drain_refuses_new_calls_and_waits_for_the_running_ones(
    server: RpcServer,
    inference: InferenceStub,
    engine: FakeEngine,
    health: Health,
    question: Generation,
) -> None:
    assert await health(MODEL_LEVEL) == "SERVING"
    engine.proceed.clear()
    request = inference_pb2.GenerateRequest(generation=question)
    running = inference.Generate(request)
    await eventually(lambda: engine.streams)
    draining = asyncio.create_task(server.drain(30))
    await asyncio.sleep(0)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inference.Generate(request)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert await health(MODEL_LEVEL) == "NOT_SERVING"
    assert await health("") == "SERVING"
    assert not draining.done()
    engine.proceed.set()
    assert (await running).completion.choices[0].text == "A red square."
    await draining


async def test_a_drain_ends_with_its_grace(
    server: RpcServer,
    inference: InferenceStub,
    engine: FakeEngine,
    question: Generation,
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine.proceed.clear()
    running = inference.Generate(inference_pb2.GenerateRequest(generation=question))
    await eventually(lambda: engine.streams)
    await server.drain(0.01)
    assert "cut off" in caplog.text
    running.cancel()


async def test_after_a_failure_nothing_is_healthy(server: RpcServer, health: Health) -> None:
    await server.fail(1)
    assert await health("") == "NOT_SERVING"
    assert await health(MODEL_LEVEL) == "NOT_SERVING"


async def test_reflection_lists_the_services(
    loading_server: RpcServer, channel: grpc.aio.Channel
) -> None:
    reflect = channel.stream_stream(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    (answer,) = [answer async for answer in reflect(iter([request]))]
    names = {service.name for service in answer.list_services_response.service}
    assert {MODEL_LEVEL, "nemotron_vl.v1.ModelService", "grpc.health.v1.Health"} <= names


async def test_a_taken_port_is_said_in_one_sentence(
    loading_server: RpcServer, metrics: Metrics
) -> None:
    port = int(loading_server.address.rpartition(":")[2])
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
        async with listening(CONFIG.model_copy(update={"grpc_port": port}), metrics):
            pass


async def test_a_message_above_the_bound_is_refused(
    server: RpcServer, inference: InferenceStub, question: Generation
) -> None:
    question.messages[0].parts.add(text="a" * CONFIG.max_message_bytes)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inference.Generate(inference_pb2.GenerateRequest(generation=question))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_the_transport_knows_every_option_by_name() -> None:
    content = Path(cygrpc.__file__).read_bytes()
    for name, _ in channel_options(CONFIG):
        assert name.encode() in content, name
