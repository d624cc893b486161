"""The stream as it goes over the wire."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from nemotron_vl.v1.inference_pb2 import StreamGenerateResponse

from http_gateway.chat.response import ChunkWriter
from tests.http_gateway.fake_server import (
    Event,
    FakeServer,
    delta,
    ended,
    finish,
    hang,
    started,
)
from tests.http_gateway.running import Gateway, Start

HELLO = {"messages": [{"role": "user", "content": "hello"}]}
STREAM = HELLO | {"stream": True}


async def test_the_first_token_does_not_wait_for_the_others(
    gateway: Gateway, server: FakeServer
) -> None:
    server.script = hang
    async with gateway.chat(STREAM) as response:
        async with asyncio.timeout(60):
            while b'"content":"A "' not in await response.content.readline():
                pass
        server.release.set()
        assert b"[DONE]" in await response.read()


async def test_silence_is_filled_with_comments(server: FakeServer, start: Start) -> None:
    server.script = hang
    gateway = await start(backend=server.address, heartbeat_s=0.05)
    async with gateway.chat(STREAM) as response:
        async with asyncio.timeout(60):
            while not (await response.content.readline()).startswith(b":"):
                pass
        server.release.set()
        assert b"[DONE]" in await response.read()


async def test_a_client_that_does_not_read_is_dropped(server: FakeServer, start: Start) -> None:
    async def flood(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        yield started()
        while True:
            yield delta("x" * 10_000)

    server.script = flood
    gateway = await start(backend=server.address, stall_timeout_s=0.2)
    async with gateway.chat(STREAM), asyncio.timeout(60):
        await server.is_cancelled.wait()


async def test_the_call_of_a_whole_stream_is_not_cancelled(
    gateway: Gateway, server: FakeServer
) -> None:
    """Its status comes after the last event; cancelled between the two it counts as failed."""

    async def script(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        for event in (started(), delta("all"), finish(), ended()):
            yield event
        try:
            await asyncio.sleep(0.2)
        finally:
            is_over.set()

    is_over = asyncio.Event()
    server.script = script
    async with gateway.chat(STREAM) as response:
        assert b"[DONE]" in await response.read()
    await asyncio.wait_for(is_over.wait(), 30)
    assert not server.is_cancelled.is_set()


async def test_a_bug_in_a_stream_is_its_last_event(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no second response in the middle of the first."""
    chunks, num_calls = ChunkWriter.chunks, itertools.count(1)

    def fail(writer: ChunkWriter, event: StreamGenerateResponse) -> Iterator[dict[str, Any]]:
        if next(num_calls) == 3:
            raise ZeroDivisionError("secret")
        return chunks(writer, event)

    monkeypatch.setattr(ChunkWriter, "chunks", fail)
    async with gateway.chat(STREAM) as response:
        assert response.status == 200
        *events, last, _ = (await response.read()).split(b"\n\n")
    assert last == b"data: [DONE]"
    assert json.loads(events[-1].removeprefix(b"data: "))["error"]["code"] == 500
    assert not any(b"HTTP/1.1" in event or b"secret" in event for event in events)
    assert 'completions",status="500"} 1.0' in await gateway.metrics()


async def test_a_client_that_hangs_up_on_the_last_word_did_not_leave(gateway: Gateway) -> None:
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    body = json.dumps(STREAM).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    for _ in range(5):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        async with asyncio.timeout(30):
            assert await reader.readuntil(b"[DONE]\n\n")
        writer.transport.abort()
    metrics = await gateway.metrics()
    assert 'completions",status="200"} 5.0' in metrics
    assert 'status="499"' not in metrics
