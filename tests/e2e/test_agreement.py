"""Every way in gives the same greedy answer at the same price."""

from collections.abc import Iterable
from typing import Any

import pytest
from nemotron_vl import AsyncClient, Client, CompletionBuilder
from nemotron_vl.v1 import inference_pb2
from openai import AsyncOpenAI, OpenAI
from openai.types import CompletionUsage

from tests.e2e.conftest import Stubs
from tests.e2e.support.conversations import (
    CONVERSATION_BY_NAME,
    Conversation,
    as_contract,
    as_openai,
)
from tests.e2e.support.serving import MODEL, TIMEOUT_S, Serving

GREEDY: Any = {"temperature": 0, "max_tokens": 24}
Usage = tuple[int, int, int]
Answer = tuple[str, Usage]


@pytest.fixture(params=CONVERSATION_BY_NAME)
def conversation(request: pytest.FixtureRequest) -> Conversation:
    return CONVERSATION_BY_NAME[request.param]


@pytest.fixture
def expected(client: Client, conversation: Conversation) -> Answer:
    text, usage = _answer(client.generate(as_contract(conversation), **GREEDY))
    assert text
    return text, usage


def test_asked_twice(client: Client, conversation: Conversation, expected: Answer) -> None:
    assert _answer(client.generate(as_contract(conversation), **GREEDY)) == expected


def test_grpc_stream(client: Client, conversation: Conversation, expected: Answer) -> None:
    assert _fold(client.stream(as_contract(conversation), **GREEDY)) == expected


def test_grpc_batch(client: Client, conversation: Conversation, expected: Answer) -> None:
    [result] = client.batch([as_contract(conversation)], **GREEDY)
    assert _answer(result.completion) == expected


def test_stubs(stubs: Stubs, conversation: Conversation, expected: Answer) -> None:
    generation = inference_pb2.Generation(
        messages=as_contract(conversation), sampling=inference_pb2.Sampling(**GREEDY)
    )
    whole = stubs.inference.Generate(inference_pb2.GenerateRequest(generation=generation))
    stream = stubs.inference.StreamGenerate(
        inference_pb2.StreamGenerateRequest(generation=generation)
    )
    assert _answer(whole.completion) == expected
    assert _fold(stream) == expected


async def test_async_grpc(serving: Serving, conversation: Conversation, expected: Answer) -> None:
    async with AsyncClient(serving.address, timeout_s=TIMEOUT_S) as client:
        messages = as_contract(conversation)
        assert _answer(await client.generate(messages, **GREEDY)) == expected
        assert _fold([event async for event in client.stream(messages, **GREEDY)]) == expected
        [result] = [result async for result in client.batch([messages], **GREEDY)]
        assert _answer(result.completion) == expected


def test_http(openai: OpenAI, conversation: Conversation, expected: Answer) -> None:
    answer = openai.chat.completions.create(model=MODEL, messages=as_openai(conversation), **GREEDY)
    assert answer.usage
    assert (answer.choices[0].message.content, _usage(answer.usage)) == expected


def test_http_stream(openai: OpenAI, conversation: Conversation, expected: Answer) -> None:
    chunks = list(
        openai.chat.completions.create(
            model=MODEL,
            messages=as_openai(conversation),
            stream=True,
            stream_options={"include_usage": True},
            **GREEDY,
        )
    )
    assert chunks[-1].usage
    assert chunks[-1].choices == []
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
    assert (text, _usage(chunks[-1].usage)) == expected


async def test_async_http(serving: Serving, conversation: Conversation, expected: Answer) -> None:
    async with AsyncOpenAI(base_url=serving.url, api_key="not-used", max_retries=0) as client:
        stream = await client.chat.completions.create(
            model=MODEL, messages=as_openai(conversation), stream=True, **GREEDY
        )
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert text == expected[0]


def test_counted_tokens(client: Client, conversation: Conversation, expected: Answer) -> None:
    _, (prompt_tokens, _, image_tokens) = expected
    count = client.count_tokens(as_contract(conversation), **GREEDY)
    assert (count.prompt_tokens, count.image_tokens) == (prompt_tokens, image_tokens)
    assert count.fits


def _answer(completion: inference_pb2.Completion) -> Answer:
    usage = completion.usage
    tokens = (usage.prompt_tokens, usage.completion_tokens, usage.image_tokens)
    return completion.choices[0].text, tokens


def _fold(events: Iterable[inference_pb2.StreamGenerateResponse]) -> Answer:
    builder = CompletionBuilder()
    for event in events:
        builder.add(event)
    return _answer(builder.completion)


def _usage(usage: CompletionUsage) -> Usage:
    details = usage.prompt_tokens_details
    assert details
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    image_tokens = details.model_dump()["image_tokens"]
    return usage.prompt_tokens, usage.completion_tokens, image_tokens
