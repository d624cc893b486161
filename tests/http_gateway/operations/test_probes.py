import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import pytest

from http_gateway.lifecycle import DRAIN
from tests.http_gateway.fake_server import (
    ALIAS,
    MODEL,
    Event,
    FakeServer,
    delta,
    ended,
    finish,
    started,
)
from tests.http_gateway.running import Gateway, Start

HELLO = {"messages": [{"role": "user", "content": "hello"}]}


async def large_answer(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
    """More than any socket holds."""
    for event in (started(), delta("x" * 20_000_000), finish(), ended()):
        yield event


async def test_live_whatever_the_server_does(start: Start, closed_port: int) -> None:
    gateway = await start(backend=f"127.0.0.1:{closed_port}")
    async with gateway.get("/v1/health/live") as response:
        assert response.status == 200
        assert await response.json() == {
            "object": "health.response",
            "message": "Service is live.",
            "status": "live",
        }


async def test_ready_follows_the_servers_health(gateway: Gateway, server: FakeServer) -> None:
    await gateway.until_ready()
    await server.set_ready(False)
    await gateway.until_ready(is_ready=False)
    await server.set_ready(True)
    await gateway.until_ready()
    async with gateway.get("/v1/health/ready") as response:
        assert await response.json() == {
            "object": "health.response",
            "message": "Service is ready.",
            "status": "ready",
        }
    async with gateway.get("/health") as response:
        assert (response.status, await response.read()) == (200, b"")


async def test_not_ready_is_json_too(start: Start, closed_port: int) -> None:
    gateway = await start(backend=f"127.0.0.1:{closed_port}")
    async with gateway.get("/v1/health/ready") as response:
        assert response.status == 503
        assert (await response.json())["object"] == "health.response"
    async with gateway.get("/health") as response:
        assert response.status == 503


async def test_ready_is_answered_while_the_server_hangs(start: Start) -> None:
    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await reader.read()

    silent = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    gateway = await start(backend=f"127.0.0.1:{port}")
    async with asyncio.timeout(60), gateway.get("/v1/health/ready") as response:
        assert response.status == 503
    silent.close()
    await silent.wait_closed()


async def test_draining_is_not_ready_and_lets_answers_finish(
    gateway: Gateway, server: FakeServer
) -> None:
    async def script(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        yield started()
        await fake.release.wait()
        for event in (delta("late"), finish(), ended()):
            yield event

    server.script = script
    await gateway.until_ready()
    call = asyncio.create_task(_content(gateway))
    await server.until_running(call)
    drain = asyncio.create_task(gateway.app[DRAIN].begin(grace_s=60))
    await gateway.until_ready(is_ready=False)
    async with gateway.chat(HELLO) as response:
        assert response.status == 503
        assert "Retry-After" in response.headers
    assert not drain.done()
    server.release.set()
    assert await call == "late"
    assert await drain


async def test_a_drain_waits_until_the_last_answer_is_read(
    gateway: Gateway, server: FakeServer
) -> None:
    server.script = large_answer
    await gateway.until_ready()
    async with gateway.chat(HELLO) as response:
        drain = asyncio.create_task(gateway.app[DRAIN].begin(grace_s=60))
        await asyncio.wait((drain,), timeout=0.3)
        assert not drain.done()
        assert len(await response.read()) > 20_000_000
    assert await drain


async def test_who_reads_slowly_gets_his_whole_answer(server: FakeServer, start: Start) -> None:
    """It takes far longer than a client may stand still."""

    server.script = large_answer
    gateway = await start(backend=server.address, stall_timeout_s=5)
    size = 0
    async with gateway.chat(HELLO) as response:
        async for piece in response.content.iter_chunked(2**20):
            size += len(piece)
            await asyncio.sleep(0.4)
    assert size > 20_000_000


async def test_a_drain_does_not_wait_for_a_client_that_does_not_read(
    server: FakeServer, start: Start
) -> None:
    server.script = large_answer
    gateway = await start(backend=server.address, stall_timeout_s=0.2)
    await gateway.until_ready()
    async with gateway.chat(HELLO):
        assert await gateway.app[DRAIN].begin(grace_s=60)


async def test_a_drain_ends_with_its_grace(gateway: Gateway) -> None:
    drain = gateway.app[DRAIN]
    with drain.generation():
        assert not await drain.begin(grace_s=0.01)


async def _content(gateway: Gateway) -> str:
    async with gateway.chat(HELLO) as response:
        return (await response.json())["choices"][0]["message"]["content"]


@pytest.mark.parametrize("path", ["/metrics", "/v1/metrics"])
async def test_metrics_of_both(gateway: Gateway, server: FakeServer, path: str) -> None:
    await _content(gateway)
    async with gateway.get(path) as response:
        text = await response.text()
        assert response.content_type == "text/plain"
    route = '{route="/v1/chat/completions",status="200"}'
    assert f"nemotron_vl_gateway_requests_total{route} 1.0" in text
    assert f'nemotron_vl_gateway_backend_up{{backend="{server.address}"}} 1.0' in text
    assert "\nserver_family 1\n" in text


async def test_metrics_without_a_server(start: Start, closed_port: int) -> None:
    address = f"127.0.0.1:{closed_port}"
    gateway = await start(backend=address)
    async with gateway.get("/metrics") as response:
        assert response.status == 200
        assert f'backend_up{{backend="{address}"}} 0.0' in await response.text()


async def test_paths_of_callers_are_no_labels(gateway: Gateway) -> None:
    async with gateway.get("/made-up-by-a-caller") as response:
        assert response.status == 404
    async with gateway.get("/metrics") as response:
        text = await response.text()
    assert "made-up" not in text
    assert 'route="unknown",status="404"' in text


async def test_models_under_all_names(gateway: Gateway) -> None:
    async with gateway.get("/v1/models") as response:
        body = await response.json()
    assert body["object"] == "list"
    assert [entry["id"] for entry in body["data"]] == [MODEL, ALIAS]
    assert [entry["id"] for entry in body["data"] if entry["root"] == entry["id"]] == [MODEL]
    assert body["data"][0]["max_model_len"] == 131072


async def test_one_model_by_any_of_its_names(gateway: Gateway) -> None:
    for name in (MODEL, ALIAS):
        async with gateway.get(f"/v1/models/{name}") as response:
            assert (await response.json())["id"] == name
    async with gateway.get("/v1/models/some/other") as response:
        assert response.status == 404


async def test_models_without_a_server(start: Start, closed_port: int) -> None:
    gateway = await start(backend=f"127.0.0.1:{closed_port}")
    for path in ("/v1/models", "/v1/models/x", "/v1/metadata"):
        async with gateway.get(path) as response:
            assert response.status == 503


async def test_metadata_names_model_and_version(gateway: Gateway) -> None:
    async with gateway.get("/v1/version") as response:
        release = (await response.json())["release"]
    async with gateway.get("/v1/metadata") as response:
        body = await response.json()
    assert body["version"] == release
    assert body["modelInfo"][0]["shortName"] == f"{MODEL}:{release}"


async def test_license(gateway: Gateway) -> None:
    async with gateway.get("/v1/license") as response:
        body = await response.json()
    assert body["size"] == len(body["content"])
    assert body["type"] == "file"
