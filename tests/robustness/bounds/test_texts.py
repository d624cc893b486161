"""Texts and copies that cost more than they weigh."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from nemotron_vl import AsyncClient, NemotronError
from nemotron_vl.v1 import content_pb2, inference_pb2, inference_pb2_grpc

from tests.e2e.support.serving import TIMEOUT_S, Serving
from tests.robustness.support.attack import attack
from tests.robustness.support.http import Http, fault_of
from tests.robustness.support.memory import MIB


@pytest.fixture
async def client(mock: Serving) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(mock.address, timeout_s=TIMEOUT_S) as client:
        yield client


@pytest.mark.parametrize("piece", ["1", "word ", "\U0001f600", "a b", "{"])
async def test_long_texts_delay_no_short_ones(
    mock: Serving, client: AsyncClient, piece: str
) -> None:
    text = piece * (1_700_000 // len(piece.encode()))

    async def code() -> str:
        try:
            await client.generate(text, max_tokens=1)
        except NemotronError as error:
            return error.code.name
        return "OK"

    with attack(mock, max_server=1024 * MIB):
        codes = await asyncio.gather(*(code() for _ in range(16)))
    assert set(codes) <= {"OK", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"}


def shared(num_bytes: int) -> inference_pb2.Generation:
    """What all items of a call share: one large text that nobody can answer."""
    message = content_pb2.Message(
        role=content_pb2.ROLE_USER, parts=[content_pb2.Part(text="x " * (num_bytes // 2))]
    )
    return inference_pb2.Generation(messages=[message])


async def test_items_with_large_defaults(mock: Serving, channel: grpc.aio.Channel) -> None:
    """128 copies of 24 MiB would take 3 GiB."""
    stub = inference_pb2_grpc.InferenceServiceStub(channel)
    items = [inference_pb2.BatchItem(key=str(index)) for index in range(128)]
    request = inference_pb2.BatchGenerateRequest(defaults=shared(24 * MIB), items=items)
    with attack(mock, max_server=512 * MIB):
        results = [response.result async for response in stub.BatchGenerate(request)]
    assert len(results) == len(items)
    assert {result.WhichOneof("outcome") for result in results} == {"status"}


def test_answers_without_a_bound(mock: Serving) -> None:
    body = {
        "messages": [{"role": "user", "content": "Hello"}],
        "max_tokens": 125_000,
        "logprobs": True,
        "top_logprobs": 20,
    }
    with attack(mock, max_server=64 * MIB), Http(mock.http_port) as http:
        assert fault_of(*http.chat(body), "max_tokens") is None
        # Without max_tokens it ends where the limit is.
        del body["max_tokens"]
        status, answer = http.chat(body | {"n": 8, "ignore_eos": True})
        assert status == 200
        assert answer["usage"]["completion_tokens"] <= 262_144 // 21


def test_errors_repeat_little_of_what_they_refuse(mock: Serving) -> None:
    long = "k" * (8 * MIB)
    bodies = [
        {"messages": [], long: 1},
        {"messages": [{"role": long, "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": long}]}]},
        {"messages": [{"role": "user", "content": "x"}], "model": long},
        {"messages": [{"role": "user", "content": "x"}], "logit_bias": {long: 1}},
        {"messages": [{"role": "user", "content": "x"}], "mm_processor_kwargs": {long: 1}},
        {"messages": [{"role": "user", "content": "x"}], "tool_choice": long},
    ]
    with Http(mock.http_port) as http:
        for body in bodies:
            status, answer = http.chat(body)
            assert fault_of(status, answer) is None
            assert len(answer["error"]["message"]) <= 1000
