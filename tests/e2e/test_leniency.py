"""What clients send without meaning anything by it is taken, over HTTP and over gRPC."""

from pathlib import Path
from typing import Any

import pytest
from nemotron_vl import Client, user

from tests.e2e.support.serving import MODEL, Serving

CONTEXT = 131_072


@pytest.mark.parametrize(
    "name",
    [
        "",
        "default",
        MODEL,
        MODEL.upper(),
        f"openai/{MODEL}",
        "nvidia/NVIDIA-nemotron-nano-12b-v2-VL-BF16",
    ],
)
def test_model_names(mock: Serving, name: str) -> None:
    status, answer = mock.chat(_asking("Hello", model=name, max_tokens=4))
    assert (status, answer["model"]) == (200, MODEL)
    with Client(mock.address) as client:
        assert client.generate([user("Hello")], model=name, max_tokens=4).model == MODEL


def test_another_model_is_told_which_one_is_here(mock: Serving) -> None:
    status, answer = mock.chat(_asking("Hello", model="gpt-5"))
    assert status == 404
    assert MODEL in answer["error"]["message"]


@pytest.mark.parametrize("max_tokens", [8192, CONTEXT, 2**31 - 1])
def test_max_tokens_beyond_the_context(mock: Serving, max_tokens: int) -> None:
    status, answer = mock.chat(_asking("Hello", max_tokens=max_tokens))
    assert (status, answer["choices"][0]["finish_reason"]) == (200, "stop")
    with Client(mock.address) as client:
        completion = client.generate([user("Hello")], max_tokens=max_tokens)
        assert completion.choices[0].text == answer["choices"][0]["message"]["content"]
        assert client.count_tokens([user("Hello")], max_tokens=max_tokens).fits


def test_an_answer_that_fills_the_context_ends_by_its_length(tmp_path: Path) -> None:
    flags = ("--mock", "--mock-tokens-per-s", "0", "--max-model-len", "64")
    with Serving(tmp_path, *flags) as small:
        small.until_ready()
        status, answer = small.chat(_asking("Hello", max_tokens=8192, ignore_eos=True))
        assert (status, answer["choices"][0]["finish_reason"]) == (200, "length")
        assert answer["usage"]["total_tokens"] == 64
        status, answer = small.chat(_asking("Hello " * 64, max_tokens=1))
        assert (status, answer["error"]["param"]) == (400, "messages")


@pytest.mark.parametrize("is_thinking", [True, False])
def test_the_mock_leaves_its_thoughts(mock: Serving, *, is_thinking: bool) -> None:
    system = {"role": "system", "content": "/think" if is_thinking else "/no_think"}
    body = _asking("Hello")
    status, answer = mock.chat(body | {"messages": [system, *body["messages"]]})
    message = answer["choices"][0]["message"]
    assert status == 200
    assert bool(message.get("reasoning_content")) is is_thinking
    assert message["content"].startswith("This is a mock answer")


def test_the_mock_calls_a_tool_and_answers_its_result(mock: Serving) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": schema}}]
    body = _asking("Use get_weather.", tools=tools, tool_choice="auto")
    _, called = mock.chat(body)
    message = called["choices"][0]["message"]
    (call,) = message["tool_calls"]
    assert called["choices"][0]["finish_reason"] == "tool_calls"
    assert call["function"] == {"name": "get_weather", "arguments": '{"city": "city"}'}
    result = {"role": "tool", "tool_call_id": call["id"], "content": "sunny"}
    _, answer = mock.chat(body | {"messages": [*body["messages"], message, result]})
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["choices"][0]["message"]["content"].startswith("This is a mock answer")


def _asking(text: str, **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]} | fields
