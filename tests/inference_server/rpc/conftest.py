from collections.abc import AsyncIterator

import grpc
import pytest
from grpc_health.v1 import health_pb2
from nemotron_vl.v1 import inference_pb2_grpc, model_pb2_grpc
from nemotron_vl.v1.model_pb2 import Model

from inference_server.observability.metrics import Metrics
from inference_server.rpc.gate import Served
from inference_server.rpc.server import RpcServer, listening
from inference_server.rpc.validation.validator import Validator
from inference_server.service import Service
from tests.inference_server.rpc.calls import CONFIG, Health, InferenceStub, ModelStub


@pytest.fixture
async def loading_server(metrics: Metrics) -> AsyncIterator[RpcServer]:
    async with listening(CONFIG, metrics) as server:
        yield server


@pytest.fixture
async def server(loading_server: RpcServer, service: Service, model: Model) -> RpcServer:
    await loading_server.open(Served(service=service, model=model, validator=Validator(model)))
    return loading_server


@pytest.fixture
async def channel(loading_server: RpcServer) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(loading_server.address) as channel:
        yield channel


@pytest.fixture
def inference(channel: grpc.aio.Channel) -> InferenceStub:
    return inference_pb2_grpc.InferenceServiceStub(channel)


@pytest.fixture
def models(channel: grpc.aio.Channel) -> ModelStub:
    return model_pb2_grpc.ModelServiceStub(channel)


@pytest.fixture
def health(channel: grpc.aio.Channel) -> Health:
    check_status = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )

    async def check(name: str) -> str:
        answer = await check_status(health_pb2.HealthCheckRequest(service=name))
        return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)

    return check
