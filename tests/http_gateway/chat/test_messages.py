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


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": PNG, "detail": "high"}},
        {"type": "image_url", "image_url": PNG},
        {"type": "input_image", "image_url": PNG},
        {"image_url": {"url": PNG}},
        {"image_url": PNG},
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


@pytest.mark.parametrize("role", ["user", "system"])
def test_other_messages_are_not_made_up(role: str) -> None:
    chat = build({"messages": [{"role": role, "content": None}]})
    assert not chat.generation.messages[0].parts


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


def test_refuses_two_ways_to_sample_a_video() -> None:
    options = {"video": {"fps": 1, "num_frames": 2}}
    assert fault(media_io_kwargs=options) == "media_io_kwargs.video"
