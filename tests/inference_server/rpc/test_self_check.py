import asyncio
import socket
from contextlib import AsyncExitStack

import grpc
import pytest
from grpc_health.v1 import health_pb2
from nemotron_vl.services import HEALTH_CHECK, INFERENCE_SERVICE, MODEL_SERVICE

from inference_server.rpc import self_check
from inference_server.rpc.self_check import wait_until_unresponsive
from inference_server.rpc.server import RpcServer


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check, "_PERIOD_S", 0.01)


async def test_a_server_that_answers_is_left_alone(server: RpcServer) -> None:
    check = asyncio.create_task(wait_until_unresponsive(server.address))
    await asyncio.sleep(0.5)
    assert not check.done()
    check.cancel()


async def test_a_port_that_accepts_and_never_answers_is_noticed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(self_check, "_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        await asyncio.wait_for(wait_until_unresponsive(f"127.0.0.1:{port}"), 30)
    assert "DEADLINE_EXCEEDED" in caplog.text or "UNAVAILABLE" in caplog.text


async def test_callers_cannot_keep_it_from_being_answered(server: RpcServer) -> None:
    """All places and all readers of the caller with its address are taken."""
    async with AsyncExitStack() as stack:
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(server.address))
        for path in (HEALTH_CHECK, f"/{MODEL_SERVICE}/GetModel"):
            for _ in range(200):
                call = channel.stream_unary(path)()
                stack.callback(call.cancel)
        await asyncio.sleep(0.2)
        check = asyncio.create_task(wait_until_unresponsive(server.address))
        await asyncio.sleep(0.5)
        assert not check.done()
        check.cancel()


async def test_one_who_never_sends_a_request_keeps_no_other_from_looking(
    server: RpcServer,
) -> None:
    async with AsyncExitStack() as stack:
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(server.address))
        for _ in range(100):
            call = channel.stream_unary(f"/{INFERENCE_SERVICE}/Generate")()
            stack.callback(call.cancel)
        await asyncio.sleep(0.2)
        check = channel.unary_unary(
            HEALTH_CHECK, request_serializer=health_pb2.HealthCheckRequest.SerializeToString
        )
        await check(health_pb2.HealthCheckRequest(), timeout=30)
