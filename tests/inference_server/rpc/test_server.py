import asyncio
import logging
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.rpc import error_details_pb2
from grpc._cython import cygrpc
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from nemotron_vl.v1 import inference_pb2, model_pb2
from nemotron_vl.v1.inference_pb2 import Generation

from inference_server.observability.metrics import Metrics
from inference_server.rpc.gate import Served
from inference_server.rpc.server import SERVICES, RpcServer, channel_options, listening
from inference_server.rpc.validation.validator import Validator
from inference_server.service import Service
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


def declared_methods() -> list[MethodDescriptor]:
    """Every method of every service that reflection shows."""
    pool = descriptor_pool.Default()
    services = [pool.FindServiceByName(name) for name in SERVICES]
    return [method for service in services for method in service.methods]


@pytest.mark.parametrize("method", declared_methods(), ids=lambda method: method.full_name)
async def test_every_declared_method_answers_or_refuses_and_leaves_no_traceback(
    server: RpcServer,
    channel: grpc.aio.Channel,
    method: MethodDescriptor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = f"/{method.containing_service.full_name}/{method.name}"
    code = grpc.StatusCode.OK
    try:
        if method.client_streaming:
            await channel.stream_stream(path)(iter([b""])).read()
        elif method.server_streaming:
            await channel.unary_stream(path)(b"").read()
        else:
            await channel.unary_unary(path)(b"")
    except grpc.aio.AioRpcError as error:
        code = error.code()
    assert code in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_health_lists_the_process_and_the_model(
    loading_server: RpcServer, channel: grpc.aio.Channel, service: Service, model: model_pb2.Model
) -> None:
    list_statuses = channel.unary_unary(
        "/grpc.health.v1.Health/List",
        response_deserializer=health_pb2.HealthListResponse.FromString,  # pyright: ignore[reportAttributeAccessIssue]
    )
    statuses = dict((await list_statuses(b"")).statuses)
    assert {name: status.status for name, status in statuses.items()} == {"": 1, MODEL_LEVEL: 2}
    await loading_server.open(Served(service=service, model=model, validator=Validator(model)))
    statuses = dict((await list_statuses(b"")).statuses)
    assert {name: status.status for name, status in statuses.items()} == {"": 1, MODEL_LEVEL: 1}


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
