"""The clients that people really use, against a running gateway."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from langchain_openai import ChatOpenAI
from nemotron_vl.v1 import inference_pb2
from openai.types.chat import ChatCompletionMessageParam
from pydantic import SecretStr

from tests.http_gateway.fake_server import (
    MODEL,
    Event,
    FakeServer,
    Refusal,
    delta,
    ended,
    finish,
    started,
)
from tests.http_gateway.running import Gateway

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{gateway.url}/v1", api_key="not-used", max_retries=0
    ) as client:
        yield client


async def test_a_completion(client: openai.AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(
        model=MODEL, messages=HELLO, extra_body={"mm_processor_kwargs": {"max_num_tiles": 2}}
    )
    assert completion.choices[0].message.content == "A cat"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage
    assert completion.usage.total_tokens == 9
    assert completion._request_id


async def test_a_stream(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model=MODEL, messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "A cat"
    assert deltas[0].role == "assistant"
    assert chunks[-1].usage
    assert chunks[-1].usage.prompt_tokens == 7


async def test_the_synchronous_client(gateway: Gateway) -> None:
    def ask() -> str | None:
        with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="not-used") as client:
            completion = client.chat.completions.create(model=MODEL, messages=HELLO)
            return completion.choices[0].message.content

    assert await asyncio.to_thread(ask) == "A cat"


async def test_streamed_tool_calls(client: openai.AsyncOpenAI, server: FakeServer) -> None:
    def piece(**fields: Any) -> Event:
        call = inference_pb2.ToolCallDelta(index=0, **fields)
        return Event(delta=inference_pb2.Delta(choice_index=0, tool_calls=[call]))

    async def script(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        yield started()
        yield piece(id="c1", name="clock")
        yield piece(arguments='{"zone":')
        yield piece(arguments='"utc"}')
        yield finish(reason=inference_pb2.FINISH_REASON_TOOL_CALLS)
        yield ended()

    server.script = script
    async with client.chat.completions.stream(model=MODEL, messages=HELLO) as stream:
        completion = await stream.get_final_completion()
    calls = completion.choices[0].message.tool_calls
    assert calls
    assert (calls[0].id, calls[0].function.name) == ("c1", "clock")
    assert calls[0].function.arguments == '{"zone":"utc"}'
    assert completion.choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (Refusal("INVALID_ARGUMENT", "No.", "INVALID_ARGUMENT"), openai.BadRequestError),
        (Refusal("NOT_FOUND", "No.", "MODEL_NOT_FOUND"), openai.NotFoundError),
        (Refusal("UNAVAILABLE", "No.", "NOT_SERVING"), openai.InternalServerError),
    ],
)
async def test_errors_have_their_types(
    client: openai.AsyncOpenAI, server: FakeServer, refusal: Refusal, kind: type[Exception]
) -> None:
    async def script(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        raise refusal
        yield

    server.script = script
    with pytest.raises(kind):
        await client.chat.completions.create(model=MODEL, messages=HELLO)


async def test_an_error_inside_a_stream_is_raised(
    client: openai.AsyncOpenAI, server: FakeServer
) -> None:
    async def script(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        yield started()
        yield delta("A ")
        raise Refusal("UNAVAILABLE", "The server is stopping.", "NOT_SERVING")

    server.script = script
    stream = await client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)
    with pytest.raises(openai.APIError, match="stopping"):
        _ = [chunk async for chunk in stream]


async def test_models(client: openai.AsyncOpenAI) -> None:
    assert MODEL in [model.id async for model in client.models.list()]


async def test_langchain(gateway: Gateway) -> None:
    model = ChatOpenAI(model=MODEL, base_url=f"{gateway.url}/v1", api_key=SecretStr("not-used"))
    assert (await model.ainvoke("hello")).content == "A cat"
    assert "".join([str(chunk.content) async for chunk in model.astream("hello")]) == "A cat"
