"""A caller that leaves takes its work along: the engine is idle again."""

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from nemotron_vl import AsyncClient, Client, user
from nemotron_vl.v1 import inference_pb2
from openai import OpenAI

from tests.e2e.conftest import Stubs
from tests.e2e.support.serving import MODEL, TIMEOUT_S, Serving

# Hours of the real engine, and a minute of the mock.
ENDLESS: Any = {"max_tokens": 100_000, "temperature": 0}
QUESTION = "Say everything."


@pytest.fixture(autouse=True)
def idle(stubs: Stubs) -> Iterator[None]:
    stubs.until_idle()
    yield
    stubs.until_idle()


def test_http_stream(openai: OpenAI, stubs: Stubs) -> None:
    stream = openai.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": QUESTION}],
        stream=True,
        extra_body={"ignore_eos": True},
        **ENDLESS,
    )
    next(stream)
    stubs.until_busy()
    stream.close()


@pytest.mark.parametrize("is_stream", [False, True])
def test_broken_http_connection(serving: Serving, stubs: Stubs, *, is_stream: bool) -> None:
    body = ENDLESS | {
        "messages": [{"role": "user", "content": QUESTION}],
        "ignore_eos": True,
        "stream": is_stream,
        "n": 2,
    }
    data = json.dumps(body)
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", serving.http_port)) as connection:
        connection.sendall((head + data).encode())
        stubs.until_busy()


def test_grpc_stream(client: Client, stubs: Stubs) -> None:
    stream = client.stream(QUESTION, ignore_eos=True, **ENDLESS)
    next(stream)
    stubs.until_busy()
    stream.close()


async def test_cancelled_grpc_call(serving: Serving, stubs: Stubs) -> None:
    async with AsyncClient(serving.address, timeout_s=TIMEOUT_S) as client:
        task = asyncio.create_task(client.generate(QUESTION, ignore_eos=True, **ENDLESS))
        await asyncio.to_thread(stubs.until_busy)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(stubs.until_idle)


def test_batch_left_after_its_first_result(stubs: Stubs) -> None:
    short = inference_pb2.Sampling(max_tokens=1)
    items = [
        inference_pb2.BatchItem(
            generation=inference_pb2.Generation(
                messages=[user(QUESTION)], sampling=short if number == 0 else None
            )
        )
        for number in range(32)
    ]
    endless = inference_pb2.Sampling(ignore_eos=True, **ENDLESS)
    defaults = inference_pb2.Generation(sampling=endless)
    batch = stubs.inference.BatchGenerate(
        inference_pb2.BatchGenerateRequest(defaults=defaults, items=items)
    )
    assert next(batch).result.index == 0
    stubs.until_busy()
    batch.cancel()
