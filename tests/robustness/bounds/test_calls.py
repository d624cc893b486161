"""Calls and streams beyond what the server takes at a time."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from functools import partial

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2
from grpc_status import rpc_status
from nemotron_vl import user
from nemotron_vl.services import HEALTH_SERVICE, INFERENCE_SERVICE
from nemotron_vl.v1 import inference_pb2, inference_pb2_grpc

from serving.callers import CALLER_HEADER
from tests.e2e.support.serving import TIMEOUT_S, Serving
from tests.inference_server.rpc.calls import InferenceStub
from tests.robustness.support.attack import attack
from tests.robustness.support.memory import MIB

# As a gateway would say it of another caller.
_ATTACKER = ((CALLER_HEADER, "attacker"),)
_REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


async def test_4000_calls_at_once(mock: Serving) -> None:
    """Each is answered, or refused by us, who say when to come again."""
    request = inference_pb2.GenerateRequest(
        generation=inference_pb2.Generation(
            messages=[user("Hello")], sampling=inference_pb2.Sampling(max_tokens=1)
        )
    )
    # By status and whether it says when to come again.
    codes = Counter[tuple[str, bool]]()

    async def call(stub: InferenceStub) -> None:
        try:
            await stub.Generate(request, timeout=TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            codes[error.code().name, _has_retry_info(error)] += 1
        else:
            codes["OK", False] += 1

    async with grpc.aio.insecure_channel(mock.address) as channel:
        stub = inference_pb2_grpc.InferenceServiceStub(channel)
        await asyncio.gather(*(call(stub) for _ in range(4000)))
    assert codes["OK", False] > 1000
    assert codes.keys() <= {("OK", False), ("RESOURCE_EXHAUSTED", True)}


@pytest.mark.parametrize("number", [1500, pytest.param(8192, marks=pytest.mark.long)])
async def test_calls_that_stay_open(mock: Serving, number: int) -> None:
    """Pipelines without items, health watched, reflection without questions, calls without their
    request: others go on, and the gateway still sees its server.
    """
    with attack(mock, max_server=512 * MIB):
        async with AsyncExitStack() as stack:
            channel = await stack.enter_async_context(grpc.aio.insecure_channel(mock.address))
            pipeline = channel.stream_stream(f"/{INFERENCE_SERVICE}/Pipeline")
            watch = channel.unary_stream(
                f"/{HEALTH_SERVICE}/Watch",
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            )
            reflect = channel.stream_stream(_REFLECTION)
            generate = channel.stream_unary(f"/{INFERENCE_SERVICE}/Generate")
            # Without requests, they are to be written later.
            kinds = (pipeline, reflect, generate, partial(watch, health_pb2.HealthCheckRequest()))
            for index in range(number):
                stack.callback(kinds[index % len(kinds)](metadata=_ATTACKER).cancel)
            await asyncio.sleep(2)
            metrics = mock.text("/metrics")
            assert 'nemotron_vl_gateway_backend_up{backend="' in metrics
            assert "} 1.0" in metrics.partition("nemotron_vl_gateway_backend_up{")[2][:80]


def _has_retry_info(error: grpc.aio.AioRpcError) -> bool:
    status = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType]
    return status is not None and any(
        detail.Unpack(error_details_pb2.RetryInfo()) for detail in status.details
    )
