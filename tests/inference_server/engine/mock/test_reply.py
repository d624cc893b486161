import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nemotron_vl.v1.content_pb2 import (
    ROLE_ASSISTANT,
    ROLE_SYSTEM,
    ROLE_TOOL,
    ROLE_USER,
    Image,
    Message,
    Part,
)
from nemotron_vl.v1.inference_pb2 import TOOL_CHOICE_MODE_NONE, Generation

from inference_server.engine.mock.reply import Reply, write_reply
from inference_server.media.decoded import DecodedImage
from inference_server.media.grid import Tiling
from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer

WEATHER = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "unit": {"enum": ["celsius", "fahrenheit"]},
        "hours": {"type": "array", "items": {"type": "number"}},
        "place": {"type": "object", "properties": {"exact": {"type": "boolean"}}},
        "language": {"type": ["string", "null"], "default": "en"},
        "either": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        "untyped": {},
    },
}
ARGUMENTS = {
    "city": "city",
    "days": 1,
    "unit": "celsius",
    "hours": [1.5],
    "place": {"exact": True},
    "language": "en",
    "either": None,
    "untyped": "untyped",
}


def reply_to(tokenizer: Tokenizer, generation: Generation) -> Reply:
    builder = PromptBuilder(
        tokenizer, Tiling(tile_size=32, tokens_per_tile=4, max_tiles=4, use_thumbnail=True)
    )
    return write_reply(builder.build(generation, {}).prompt, tokenizer.decode)


def asked(text: str, *, system: str = "", **options: Any) -> Generation:
    generation = Generation(**options)
    if system:
        generation.messages.add(role=ROLE_SYSTEM).parts.add(text=system)
    generation.messages.add(role=ROLE_USER).parts.add(text=text)
    generation.tools.add(name="get_time")
    generation.tools.add(name="get-weather", parameters_json_schema=json.dumps(WEATHER))
    return generation


def called(reply: Reply) -> list[dict[str, Any]]:
    if not reply.answer.startswith("<TOOLCALL>"):
        assert "TOOLCALL" not in reply.answer
        return []
    return json.loads(reply.answer.removeprefix("<TOOLCALL>").removesuffix("</TOOLCALL>"))


@pytest.mark.parametrize("is_thinking", [True, False])
def test_thoughts_are_written_when_asked_for_and_always_left(
    tokenizer: Tokenizer, is_thinking: bool
) -> None:
    reply = reply_to(tokenizer, asked("Hello", thinking=is_thinking))
    assert reply.thoughts.endswith("</think>\n\n") is is_thinking
    assert bool(reply.thoughts) is is_thinking
    assert reply.answer.startswith("This is a mock answer")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Please call get-weather.", ["get-weather"]),
        ("GET_TIME!", ["get_time"]),
        ("First get-weather, then get_time", ["get_time", "get-weather"]),
        ("Use a tool.", ["get_time"]),
        ("Which tools are there?", ["get_time"]),
        ("How is the weather?", []),
        ("get_times", []),
        ("a toolbox", []),
        ("", []),
    ],
)
def test_tools_are_called_by_their_names(tokenizer: Tokenizer, text: str, names: list[str]) -> None:
    assert [call["name"] for call in called(reply_to(tokenizer, asked(text)))] == names


def test_arguments_are_made_from_the_schema(tokenizer: Tokenizer) -> None:
    (call,) = called(reply_to(tokenizer, asked("Call get-weather, /think about it")))
    assert call["arguments"] == ARGUMENTS
    (call,) = called(reply_to(tokenizer, asked("Call get_time")))
    assert call["arguments"] == {}


def test_tools_that_are_hidden_or_absent_are_not_called(tokenizer: Tokenizer) -> None:
    hidden = asked("Call get_time")
    hidden.tool_choice.mode = TOOL_CHOICE_MODE_NONE
    absent = asked("Call get_time", system="Call tools: <AVAILABLE_TOOLS>")
    del absent.tools[:]
    assert called(reply_to(tokenizer, hidden)) == called(reply_to(tokenizer, absent)) == []


def test_the_result_of_a_tool_is_answered(tokenizer: Tokenizer) -> None:
    generation = asked("Call get_time")
    call = Message(role=ROLE_ASSISTANT)
    call.tool_calls.add(id="1", name="get_time", arguments="{}")
    generation.messages.append(call)
    generation.messages.add(role=ROLE_TOOL, tool_call_id="1").parts.add(text="12:00, by the tool")
    assert called(reply_to(tokenizer, generation)) == []
    generation.messages.add(role=ROLE_USER).parts.add(text="Again: get_time")
    assert [call["name"] for call in called(reply_to(tokenizer, generation))] == ["get_time"]


def test_an_image_before_the_text_hides_nothing(tokenizer: Tokenizer) -> None:
    generation = asked("Call get_time")
    generation.messages[0].parts.insert(0, Part(image=Image(data=b"-")))
    builder = PromptBuilder(
        tokenizer, Tiling(tile_size=32, tokens_per_tile=4, max_tiles=4, use_thumbnail=True)
    )
    media = {"messages[0].parts[0]": DecodedImage(pixels=np.zeros((9, 9, 3), np.uint8))}
    prompt = builder.build(generation, media).prompt
    assert len(called(write_reply(prompt, tokenizer.decode))) == 1


@given(text=st.text(max_size=80), system=st.text(max_size=80))
def test_every_text_gets_a_reply_that_can_be_read(
    tokenizer: Tokenizer, text: str, system: str
) -> None:
    for call in called(reply_to(tokenizer, asked(text, system=system))):
        assert call["name"] in ("get_time", "get-weather")
