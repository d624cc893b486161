"""The requests that the documentation shows, by curl, the OpenAI SDK and LangChain."""

import asyncio
import json
import shutil
import subprocess
from urllib.request import Request, urlopen

import pytest
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI, OpenAI
from pydantic import SecretStr

from tests.e2e.support.documented import (
    BODY_BY_NAME,
    IMAGE,
    MULTI_TURN,
    STREAM,
    TEXT,
    TILES,
    Body,
    with_image,
)
from tests.e2e.support.image_server import BOARDWALK
from tests.e2e.support.images import data_url
from tests.e2e.support.serving import MODEL, TIMEOUT_S, Serving


@pytest.fixture(params=["data", "site"])
def fetchable(request: pytest.FixtureRequest, site: str) -> str:
    return data_url(BOARDWALK, "jpeg") if request.param == "data" else f"{site}/boardwalk.jpg"


@pytest.mark.parametrize("name", sorted(BODY_BY_NAME.keys() - {"stream"}))
def test_curl(serving: Serving, name: str, fetchable: str) -> None:
    answer = json.loads(_post(serving, _fit(BODY_BY_NAME[name], serving, fetchable)))

    assert answer["object"] == "chat.completion"
    assert answer["model"] == MODEL
    [choice] = answer["choices"]
    assert choice["finish_reason"] in ("stop", "length")
    message = choice["message"]
    assert message["role"] == "assistant"
    _check_text(message["reasoning_content" if name == "reasoning" else "content"], serving)
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    num_tiles = 0 if name == "text" else 3
    assert usage["prompt_tokens_details"]["image_tokens"] == 256 * num_tiles


def test_curl_stream(serving: Serving, fetchable: str) -> None:
    events = _post(serving, _fit(STREAM, serving, fetchable)).split("\n\n")

    assert events[-2:] == ["data: [DONE]", ""]
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-2]]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({(chunk["id"], chunk["model"], chunk["created"]) for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in chunks]
    assert set(reasons[:-1]) == {None}
    assert reasons[-1] in ("stop", "length")


@pytest.mark.parametrize("body", [IMAGE, TEXT, MULTI_TURN], ids=["image", "text", "multi_turn"])
def test_openai(serving: Serving, openai: OpenAI, body: Body, fetchable: str) -> None:
    answer = openai.chat.completions.create(**_fit(body, serving, fetchable), stream=False)
    _check_text(answer.choices[0].message.content, serving)


def test_openai_stream(serving: Serving, openai: OpenAI, fetchable: str) -> None:
    texts = list[str]()
    for chunk in openai.chat.completions.create(**_fit(STREAM, serving, fetchable)):
        delta = chunk.choices[0].delta
        if delta and delta.content:
            texts.append(delta.content)
    _check_text("".join(texts), serving)


def test_openai_extra_body(serving: Serving, openai: OpenAI, fetchable: str) -> None:
    body = _fit(TILES, serving, fetchable)
    extra = {"mm_processor_kwargs": body.pop("mm_processor_kwargs")}
    answer = openai.chat.completions.create(**body, extra_body=extra)
    _check_text(answer.choices[0].message.content, serving)


async def test_openai_batch(serving: Serving, fetchable: str) -> None:
    async with AsyncOpenAI(base_url=serving.url, api_key="not-used", max_retries=0) as client:
        body = _fit(IMAGE, serving, fetchable)
        answers = await asyncio.gather(
            *(client.chat.completions.create(**body) for _ in range(2)),
        )
    for answer in answers:
        _check_text(answer.choices[0].message.content, serving)


def test_langchain(serving: Serving, fetchable: str) -> None:
    model = ChatOpenAI(
        model=MODEL,
        base_url=serving.url,
        api_key=SecretStr("not-needed"),
        # The real engine, whose weights are random, would hardly ever stop by itself.
        max_completion_tokens=32,
        max_retries=0,
        timeout=TIMEOUT_S,
    )
    message = HumanMessage(content=_fit(IMAGE, serving, fetchable)["messages"][0]["content"])

    _check_text(model.invoke([message]).text, serving)
    _check_text("".join(chunk.text for chunk in model.stream([message])), serving)


def _check_text(text: object, serving: Serving) -> None:
    """The mock engine always says the same; what the real one draws may be nothing at all."""
    assert text if serving.is_mock else text is None or isinstance(text, str)


def _fit(body: Body, serving: Serving, fetchable: str) -> Body:
    """The body as shown; only the real engine, whose weights are random and seldom stop, is told
    to stop early."""
    body = with_image(body, fetchable)
    return body if serving.is_mock else body | {"max_tokens": 32}


def _post(serving: Serving, body: Body) -> str:
    """By curl, as the documentation shows it; where there is none, the same by HTTP."""
    url, data = f"{serving.url}/chat/completions", json.dumps(body)
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if not shutil.which("curl"):
        with urlopen(Request(url, data.encode(), headers), timeout=TIMEOUT_S) as response:
            return response.read().decode()
    flags = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "-X", "POST", url]
    return subprocess.run(
        [*command, *flags, "-d", data],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    ).stdout
