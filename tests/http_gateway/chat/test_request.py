"""Complete requests of known callers, and rules that concern several fields."""

from typing import Any

import pytest
from nemotron_vl.v1 import inference_pb2

from tests.http_gateway.chat.building import PNG, build, expect, fault, with_hello

MODEL = "nvidia/nemotron-nano-12b-v2-vl"
CAPTION_PARTS = [
    {"type": "text", "text": "Caption the content of this image:"},
    {"type": "image_url", "image_url": {"url": PNG}},
]
CAPTION_USER = """
    messages {
      role: ROLE_USER
      parts { text: "Caption the content of this image:" }
      parts { image {} }
    }
"""


@pytest.mark.parametrize("system", ["/no_think", [{"type": "text", "text": "/no_think"}]])
def test_the_ingest_clients_caption_request(system: Any) -> None:
    chat = build(
        {
            "model": MODEL,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": CAPTION_PARTS},
            ],
            "max_tokens": 512,
            "temperature": 1.0,
            "top_p": 1.0,
            "stream": False,
        }
    )
    assert chat.generation == expect(
        f"""
        model: "{MODEL}"
        messages {{ role: ROLE_SYSTEM parts {{ text: "/no_think" }} }}
        {CAPTION_USER}
        sampling {{ max_tokens: 512 temperature: 1 top_p: 1 }}
        """
    )
    assert isinstance(chat.message, inference_pb2.GenerateRequest)
    assert [media.url for media in chat.media] == [PNG]


def test_the_newer_ingest_client_with_extra_fields() -> None:
    chat = build(
        {
            "model": MODEL,
            "messages": [{"role": "user", "content": CAPTION_PARTS}],
            "max_tokens": 64,
            "temperature": 0.0,
            "top_p": 0.9,
            "stream": False,
            "mm_processor_kwargs": {"max_num_tiles": 3},
            "seed": 7,
            "custom_request_id": "x",
        }
    )
    assert chat.generation == expect(
        f"""
        model: "{MODEL}"
        {CAPTION_USER.replace("image {}", "image { max_tiles: 3 }")}
        sampling {{ max_tokens: 64 temperature: 0 top_p: 0.9 seed: 7 }}
        """
    )


def test_the_answer_clients_request() -> None:
    chat = build(
        {
            "messages": [
                {"role": "system", "content": "/no_think\nYou are precise."},
                {"role": "user", "content": "Question?"},
            ],
            "model": MODEL,
            "max_tokens": 4096,
            "temperature": 0.0,
            "chat_template_kwargs": {"enable_thinking": False},
        }
    )
    assert chat.generation == expect(
        f"""
        model: "{MODEL}"
        messages {{ role: ROLE_SYSTEM parts {{ text: "/no_think\\nYou are precise." }} }}
        messages {{ role: ROLE_USER parts {{ text: "Question?" }} }}
        sampling {{ max_tokens: 4096 temperature: 0 }}
        thinking: false
        """
    )


def test_the_documented_example_with_a_public_image() -> None:
    url = "https://upload.wikimedia.org/boardwalk.jpg"
    content = [
        {"type": "text", "text": "What is in this image?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    chat = build(
        {
            "model": MODEL,
            "messages": [
                {"role": "user", "content": content},
                {"role": "assistant", "content": "A boardwalk."},
                {"role": "user", "content": "When to visit?"},
            ],
            "max_tokens": 4096,
        }
    )
    assert chat.generation == expect(
        f"""
        model: "{MODEL}"
        messages {{
          role: ROLE_USER
          parts {{ text: "What is in this image?" }}
          parts {{ image {{}} }}
        }}
        messages {{ role: ROLE_ASSISTANT parts {{ text: "A boardwalk." }} }}
        messages {{ role: ROLE_USER parts {{ text: "When to visit?" }} }}
        sampling {{ max_tokens: 4096 }}
        """
    )
    assert [media.url for media in chat.media] == [url]


def test_a_conversation_with_tools() -> None:
    schema = {"type": "object", "properties": {}}
    call = {"id": "c1", "type": "function", "function": {"name": "clock", "arguments": "{}"}}
    chat = build(
        {
            "messages": [
                {"role": "user", "content": "What time is it?"},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "noon"},
            ],
            "tools": [{"type": "function", "function": {"name": "clock", "parameters": schema}}],
            "tool_choice": {"type": "function", "function": {"name": "clock"}},
        }
    )
    assert chat.generation == expect(
        """
        messages { role: ROLE_USER parts { text: "What time is it?" } }
        messages {
          role: ROLE_ASSISTANT
          tool_calls { id: "c1" name: "clock" arguments: "{}" }
        }
        messages { role: ROLE_TOOL tool_call_id: "c1" parts { text: "noon" } }
        sampling {}
        tools {
          name: "clock"
          parameters_json_schema: '{"type":"object","properties":{}}'
        }
        tool_choice { mode: TOOL_CHOICE_MODE_FUNCTION function_name: "clock" }
        """
    )


def test_what_is_not_set_stays_unset() -> None:
    assert with_hello().generation == expect(
        'messages { role: ROLE_USER parts { text: "hello" } } sampling {}'
    )


@pytest.mark.parametrize(
    ("fields", "thinking"),
    [
        ({}, None),
        ({"reasoning_effort": "none"}, False),
        ({"reasoning_effort": "low"}, True),
        ({"chat_template_kwargs": {"enable_thinking": True}}, True),
        ({"chat_template_kwargs": {"thinking": False}}, False),
        ({"chat_template_kwargs": {"unknown": 1}}, None),
        ({"reasoning_effort": "high", "chat_template_kwargs": {"enable_thinking": False}}, False),
    ],
)
def test_thinking(fields: dict[str, Any], thinking: bool | None) -> None:
    generation = with_hello(**fields).generation
    assert (generation.thinking if generation.HasField("thinking") else None) is thinking


@pytest.mark.parametrize(
    ("options", "is_wanted"),
    [(None, False), ({}, True), ({"include_usage": True}, True), ({"include_usage": False}, False)],
)
def test_usage_at_the_end_of_a_stream(options: Any, is_wanted: bool) -> None:
    chat = with_hello(stream=True, stream_options=options)
    assert isinstance(chat.message, inference_pb2.StreamGenerateRequest)
    assert chat.include_usage is is_wanted


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"stream_options": {}}, "stream_options"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.function"),
    ],
)
def test_refuses_what_contradicts_itself(fields: dict[str, Any], param: str) -> None:
    assert fault(**fields) == param
