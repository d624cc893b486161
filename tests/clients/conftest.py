"""The fake server, listening."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from nemotron_vl.v1 import inference_pb2_grpc, model_pb2_grpc

from tests.clients.fake_server import FakeServer


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()  # pyright: ignore[reportAbstractUsage] the rest answers UNIMPLEMENTED
    grpc_server = grpc.server(ThreadPoolExecutor(8))
    inference_pb2_grpc.add_InferenceServiceServicer_to_server(fake, grpc_server)
    model_pb2_grpc.add_ModelServiceServicer_to_server(fake, grpc_server)
    health_pb2_grpc.add_HealthServicer_to_server(fake.health, grpc_server)
    fake.health.set("nemotron_vl.v1.InferenceService", health_pb2.HealthCheckResponse.SERVING)
    fake.address = f"127.0.0.1:{grpc_server.add_insecure_port('127.0.0.1:0')}"
    grpc_server.start()
    yield fake
    grpc_server.stop(grace=None).wait()
