import asyncio
import socket

import pytest

from inference_server.rpc import self_check
from inference_server.rpc.self_check import until_deaf
from inference_server.rpc.server import RpcServer


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check, "_PERIOD_S", 0.01)


async def test_a_server_that_answers_is_left_alone(server: RpcServer) -> None:
    check = asyncio.create_task(until_deaf(server.address))
    await asyncio.sleep(0.5)
    assert not check.done()
    check.cancel()


async def test_a_port_that_accepts_and_never_answers_is_noticed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(self_check, "_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        await asyncio.wait_for(until_deaf(f"127.0.0.1:{port}"), 30)
    assert "DEADLINE_EXCEEDED" in caplog.text or "UNAVAILABLE" in caplog.text
