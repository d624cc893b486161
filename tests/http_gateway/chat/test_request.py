"""Complete requests of known callers, and rules that concern several fields."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nemotron_vl.v1 import content_pb2, inference_pb2

from http_gateway.chat.response import UsageMode
from tests.http_gateway.chat.building import HELLO, PNG, build, expect, fault, with_hello

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
    ("options", "usage"),
    [
        (None, UsageMode.NEVER),
        ({}, UsageMode.AT_END),
        ({"include_usage": True}, UsageMode.AT_END),
        ({"include_usage": False}, UsageMode.NEVER),
        ({"include_usage": True, "continuous_usage_stats": True}, UsageMode.ALWAYS),
        ({"continuous_usage_stats": True}, UsageMode.ALWAYS),
        ({"include_usage": True, "continuous_usage_stats": False}, UsageMode.AT_END),
    ],
)
def test_usage_of_a_stream(options: Any, usage: UsageMode) -> None:
    chat = with_hello(stream=True, stream_options=options)
    assert isinstance(chat.message, inference_pb2.StreamGenerateRequest)
    assert chat.usage is usage


def test_options_of_a_stream_do_no_harm_without_one() -> None:
    assert with_hello(stream_options={"include_usage": True}) is not None
    assert with_hello(stream=False, stream_options=None) is not None


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tool_choice": {"type": "function"}}, "tool_choice.function"),
        ({"continue_final_message": True}, "continue_final_message"),
        ({"add_generation_prompt": False}, "add_generation_prompt"),
    ],
)
def test_refuses_what_contradicts_itself(fields: dict[str, Any], param: str) -> None:
    assert fault(**fields) == param


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"continue_final_message": True},
        {"continue_final_message": True, "add_generation_prompt": False},
        {"continue_final_message": False, "add_generation_prompt": True},
    ],
)
def test_an_answer_that_has_begun_is_continued_whatever_the_flags(fields: dict[str, Any]) -> None:
    begun = [*HELLO, {"role": "assistant", "content": "The answer is"}]
    generation = build({"messages": begun} | fields).generation
    assert generation.messages[-1].role == content_pb2.ROLE_ASSISTANT


# What clients, task files and frameworks send without meaning anything by it.
NEUTRAL: list[dict[str, Any]] = [
    {"tools": []},
    {"tools": None, "tool_choice": None},
    {"max_tokens": -1},
    {"max_completion_tokens": -1},
    {"max_tokens": None},
    {"logit_bias": []},
    {"logit_bias": {}},
    {"logit_bias": None},
    {"reasoning_effort": "default"},
    {"reasoning_effort": None},
    {"function_call": "auto", "functions": []},
    {"function_call": "none", "functions": None},
    {"skip_special_tokens": False, "spaces_between_special_tokens": False},
    {"add_special_tokens": True},
    {"stop": ""},
    {"stop": []},
    {"stop": [""]},
    {"stop": None},
    {"best_of": 1, "use_beam_search": False, "length_penalty": 1.0, "num_beams": 1},
    {"echo": False, "detokenize": True, "truncate_prompt_tokens": -1, "priority": 0},
    {"logprobs": False, "top_logprobs": 0},
    {"logprobs": None, "top_logprobs": None},
    {"user": "u", "metadata": {}, "store": False, "service_tier": "auto", "extra": [1]},
    {"cache_salt": ""},
    {"cache_salt": None, "parallel_tool_calls": None},
    {"response_format": {"type": "text"}},
    {"stream_options": {"include_usage": True}},
]


@pytest.mark.parametrize("fields", NEUTRAL, ids=str)
def test_neutral_values_change_nothing(fields: dict[str, Any]) -> None:
    assert with_hello(**fields).generation == with_hello().generation


@pytest.mark.parametrize("mode", ["auto", "none"])
@pytest.mark.parametrize("tools", [[], None])
def test_a_choice_among_no_tools_is_passed_on(mode: str, tools: Any) -> None:
    generation = with_hello(tool_choice=mode, tools=tools).generation
    assert not generation.tools
    assert generation.tool_choice.HasField("mode")


@given(st.integers(-(2**63), 2**64 - 1))
def test_a_seed_is_64_bits_with_or_without_a_sign(seed: int) -> None:
    told = with_hello(seed=seed).generation.sampling.seed
    assert told % 2**64 == seed % 2**64
    assert told == with_hello(seed=seed).generation.sampling.seed


def test_empty_stop_strings_are_left_out_and_others_kept() -> None:
    assert list(with_hello(stop=["a", "", "b"]).generation.sampling.stop) == ["a", "b"]


@pytest.mark.parametrize("is_parallel", [True, False])
def test_parallel_tool_calls_are_passed_on(is_parallel: bool) -> None:
    generation = with_hello(parallel_tool_calls=is_parallel).generation
    assert generation.HasField("parallel_tool_calls")
    assert generation.parallel_tool_calls is is_parallel


def test_a_salt_is_passed_on_and_named_in_errors() -> None:
    chat = with_hello(cache_salt="tenant")
    assert chat.generation.cache_salt == "tenant"
    assert chat.params.param("cache_salt") == "cache_salt"


@pytest.mark.parametrize("top_p", [0, 0.0, 1])
def test_top_p_may_be_zero(top_p: float) -> None:
    assert with_hello(top_p=top_p).generation.sampling.top_p == top_p
