from typing import Any

import pytest
from nemotron_vl.v1 import content_pb2

from tests.http_gateway.chat.building import HELLO, PNG, build, expect, fault


def test_a_video_with_a_sampling_rate() -> None:
    url = "https://example.com/clip.mp4"
    part = {"type": "video_url", "video_url": {"url": url}}
    chat = build(
        {
            "messages": [{"role": "user", "content": [part]}],
            "media_io_kwargs": {"video": {"fps": 1.5}},
        }
    )
    assert chat.generation == expect(
        "messages { role: ROLE_USER parts { video { fps: 1.5 } } } sampling {}"
    )
    assert chat.media[0].url == url
    assert isinstance(chat.media[0].target, content_pb2.Video)


def test_system_messages_become_one_at_the_front() -> None:
    chat = build(
        {
            "messages": [
                {"role": "system", "content": "first"},
                {"role": "user", "content": "hello"},
                {"role": "developer", "content": [{"type": "text", "text": "second"}]},
                {"role": "user", "content": "again"},
            ]
        }
    )
    assert (
        chat.generation.messages
        == expect(
            """
        messages {
          role: ROLE_SYSTEM
          parts { text: "first" } parts { text: "\\n\\n" } parts { text: "second" }
        }
        messages { role: ROLE_USER parts { text: "hello" } }
        messages { role: ROLE_USER parts { text: "again" } }
        """
        ).messages
    )
    assert chat.params.param("messages[0].parts[2]") == "messages[2].content[0]"
    assert chat.params.param("messages[2].parts[0]") == "messages[3].content"


@pytest.mark.parametrize("role", ["system", "developer"])
@pytest.mark.parametrize("key", ["tool_calls", "function_call"])
def test_instructions_call_no_tools(role: str, key: str) -> None:
    call = {"name": "f"}
    message = {
        "role": role,
        "content": "a",
        key: call if key == "function_call" else [{"function": call}],
    }
    assert fault(messages=[*HELLO, message]) == "messages[1].tool_calls"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": PNG, "detail": "high"}},
        {"type": "image_url", "image_url": PNG},
        {"type": "input_image", "image_url": PNG},
        {"image_url": {"url": PNG}},
        {"image_url": PNG},
        {"type": "image", "image": PNG},
        {"type": "image", "image": {"url": PNG}},
        {"image": PNG},
    ],
)
def test_forms_of_an_image(part: Any) -> None:
    chat = build({"messages": [{"role": "user", "content": [part]}]})
    assert chat.generation.messages[0].parts[0].WhichOneof("kind") == "image"
    assert [media.url for media in chat.media] == [PNG]


@pytest.mark.parametrize(
    "part",
    ["x", {"text": "x"}, {"type": "text", "text": "x"}, {"type": "input_text", "text": "x"}],
)
def test_forms_of_a_text(part: Any) -> None:
    chat = build({"messages": [{"role": "user", "content": [part]}]})
    assert [part.text for part in chat.generation.messages[0].parts] == ["x"]


def test_reasoning_of_an_earlier_turn_is_not_repeated() -> None:
    content = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "yes"}]
    message = {"role": "assistant", "content": content, "reasoning_content": "hm"}
    chat = build({"messages": [*HELLO, message, *HELLO]})
    assert [part.text for part in chat.generation.messages[1].parts] == ["yes"]
    assert chat.params.param("messages[1].parts[0]") == "messages[1].content[1]"


@pytest.mark.parametrize("content", [None, [], "", [{"type": "thinking", "thinking": "hm"}]])
def test_an_earlier_answer_may_be_empty(content: Any) -> None:
    chat = build({"messages": [*HELLO, {"role": "assistant", "content": content}, *HELLO]})
    assert [part.text for part in chat.generation.messages[1].parts] == [""]


def test_a_users_message_without_content_is_not_made_up() -> None:
    chat = build({"messages": [{"role": "user", "content": None}]})
    assert not chat.generation.messages[0].parts


@pytest.mark.parametrize("role", ["user", "system", "assistant", "tool", "function"])
@pytest.mark.parametrize("content", [None, [], "", [""], [{"type": "text", "text": ""}]])
def test_content_may_be_empty(role: str, content: Any) -> None:
    if (role, content) == ("user", None):
        return
    messages = [*HELLO, {"role": role, "content": content}, *HELLO]
    generation = build({"messages": messages}).generation
    written = generation.messages[0 if role == "system" else 1]
    assert [part.text for part in written.parts] == [""]


def test_empty_instructions_leave_no_blank_lines() -> None:
    contents = ["a", None, [], "b"]
    messages = [{"role": "system", "content": content} for content in contents]
    generation = build({"messages": [*messages, *HELLO]}).generation
    assert "".join(part.text for part in generation.messages[0].parts) == "a\n\nb"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (None, ""),
        ("", ""),
        ([], ""),
        ({}, "{}"),
        ("{}", "{}"),
        ('{"a":1}', '{"a":1}'),
        ({"a": {"b": [1, None, "é"]}}, '{"a": {"b": [1, null, "é"]}}'),
    ],
)
def test_arguments_as_other_servers_write_them(arguments: Any, expected: str) -> None:
    call = {"id": "1", "type": None, "function": {"name": "f", "arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    (written,) = build({"messages": [*HELLO, message]}).generation.messages[1].tool_calls
    assert (written.id, written.name, written.arguments) == ("1", "f", expected)


def test_calls_of_the_time_of_functions() -> None:
    messages = [
        *HELLO,
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "noon"},
    ]
    assert (
        build({"messages": messages}).generation.messages
        == expect(
            """
        messages { role: ROLE_USER parts { text: "hello" } }
        messages { role: ROLE_ASSISTANT tool_calls { name: "f" arguments: "{}" } }
        messages { role: ROLE_TOOL parts { text: "noon" } }
        """
        ).messages
    )


def test_a_call_written_in_both_ways_is_one() -> None:
    function = {"name": "f", "arguments": "{}"}
    message = {
        "role": "assistant",
        "function_call": function,
        "tool_calls": [{"function": function}],
    }
    assert len(build({"messages": [*HELLO, message]}).generation.messages[1].tool_calls) == 1


def test_what_does_not_concern_the_model_is_left_out() -> None:
    """A name, an id where no call is answered, calls that are none."""
    extras = {"name": "Ann", "tool_call_id": "1", "tool_calls": [], "function_call": None}
    assert (
        build({"messages": [HELLO[0] | extras]}).generation == build({"messages": HELLO}).generation
    )


def test_images_of_a_tool() -> None:
    content = [{"type": "text", "text": "seen"}, {"type": "image_url", "image_url": {"url": PNG}}]
    message = {"role": "tool", "tool_call_id": "c", "content": content}
    chat = build({"messages": [*HELLO, message]})
    written = chat.generation.messages[1]
    assert [part.WhichOneof("kind") for part in written.parts] == ["text", "image"]
    assert [media.param for media in chat.media] == ["messages[1].content[1].image_url"]


def test_media_is_noted_in_order_and_fills_the_message() -> None:
    parts = [{"type": "image_url", "image_url": {"url": f"data:,{n}"}} for n in range(3)]
    chat = build({"messages": [{"role": "user", "content": parts}]})
    for number, media in enumerate(chat.media):
        media.target.data = str(number).encode()
    filled = chat.generation.messages[0].parts
    assert [part.image.data for part in filled] == [b"0", b"1", b"2"]
    assert [media.param for media in chat.media] == [
        f"messages[0].content[{n}].image_url" for n in range(3)
    ]
