import json
from typing import Any

import pytest
from google.protobuf import text_format
from nemotron_vl.v1 import content_pb2, inference_pb2

from http_gateway.chat.parse import parse_body
from http_gateway.chat.request import ChatRequest, build_request
from http_gateway.errors import InvalidRequest

PNG = "data:image/png;base64,iVBORw0KGgo="
HELLO = [{"role": "user", "content": "hello"}]
MODEL = "nvidia/nemotron-nano-12b-v2-vl"


def build(body: dict[str, Any]) -> ChatRequest:
    return build_request(parse_body(json.dumps(body).encode()))


def with_hello(**fields: Any) -> ChatRequest:
    return build({"messages": HELLO} | fields)


def fault(**fields: Any) -> str | None:
    with pytest.raises(InvalidRequest) as raised:
        with_hello(**fields)
    return raised.value.param


def expect(text: str) -> inference_pb2.Generation:
    return text_format.Parse(text, inference_pb2.Generation())


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
    assert not chat.is_stream
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


def test_the_documented_example_with_a_public_picture() -> None:
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


def test_every_sampling_field_arrives() -> None:
    sampling = with_hello(
        max_tokens=9,
        min_tokens=2,
        temperature=0.5,
        top_p=0.25,
        top_k=-1,
        min_p=0.125,
        seed=-3,
        frequency_penalty=1,
        presence_penalty=-1,
        repetition_penalty=1.5,
        stop=["a", "b"],
        stop_token_ids=[5],
        ignore_eos=True,
        include_stop_str_in_output=True,
        logit_bias={"7": -100},
        logprobs=True,
        top_logprobs=4,
    ).generation.sampling
    assert sampling == text_format.Parse(
        """
        max_tokens: 9 min_tokens: 2 temperature: 0.5 top_p: 0.25 top_k: -1 min_p: 0.125 seed: -3
        frequency_penalty: 1 presence_penalty: -1 repetition_penalty: 1.5 stop: "a" stop: "b"
        stop_token_ids: 5 ignore_eos: true include_stop: true
        logit_bias { key: 7 value: -100 } top_logprobs: 4
        """,
        inference_pb2.Sampling(),
    )


def test_what_is_not_set_stays_unset() -> None:
    assert with_hello().generation == expect(
        'messages { role: ROLE_USER parts { text: "hello" } } sampling {}'
    )


def test_the_newer_name_of_max_tokens_wins() -> None:
    chat = with_hello(max_tokens=5, max_completion_tokens=6)
    assert chat.generation.sampling.max_tokens == 6
    assert chat.params.param("sampling.max_tokens") == "max_completion_tokens"


def test_fields_inside_nvext_count_unless_given_outside() -> None:
    chat = with_hello(nvext={"top_k": 3, "min_p": 0.5, "greed_sampling": True}, top_k=4)
    assert chat.generation.sampling.top_k == 4
    assert chat.generation.sampling.temperature == 0
    assert chat.generation.sampling.HasField("temperature")
    assert chat.params.param("sampling.top_k") == "top_k"
    assert chat.params.param("sampling.min_p") == "nvext.min_p"


def test_logprobs_without_alternatives() -> None:
    assert with_hello(logprobs=True).generation.sampling.HasField("top_logprobs")
    assert not with_hello(logprobs=False).generation.sampling.HasField("top_logprobs")


def test_a_single_stop_string() -> None:
    assert list(with_hello(stop="END").generation.sampling.stop) == ["END"]


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
    ("fields", "expected"),
    [
        ({"response_format": {"type": "text"}}, ""),
        ({"response_format": {"type": "json_object"}}, "json_object: true"),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "x", "schema": {"type": "string"}},
                }
            },
            """json_schema: '{"type":"string"}'""",
        ),
        ({"guided_json": {"type": "string"}}, """json_schema: '{"type":"string"}'"""),
        ({"guided_json": '{"type": "string"}'}, """json_schema: '{"type": "string"}'"""),
        ({"guided_regex": "a+"}, 'regex: "a+"'),
        ({"guided_choice": ["a", "b"]}, 'alternatives { texts: "a" texts: "b" }'),
        ({"guided_grammar": "start: X"}, 'grammar: "start: X"'),
        ({"nvext": {"guided_regex": "a+"}}, 'regex: "a+"'),
        ({"structured_outputs": {"json": {}}}, 'json_schema: "{}"'),
        ({"structured_outputs": {"json_object": True}}, "json_object: true"),
    ],
)
def test_constraints(fields: dict[str, Any], expected: str) -> None:
    constraint = with_hello(**fields).generation.response_format
    assert constraint == text_format.Parse(expected, inference_pb2.ResponseFormat())


def test_a_constraint_is_known_by_the_name_that_asked_for_it() -> None:
    chat = with_hello(nvext={"guided_regex": "a+"})
    assert chat.params.param("response_format.regex") == "nvext.guided_regex"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"stream_options": {}}, "stream_options"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"logit_bias": {"x": 1}}, "logit_bias"),
        ({"logit_bias": {"-1": 1}}, "logit_bias"),
        ({"media_io_kwargs": {"video": {"fps": 1, "num_frames": 2}}}, "media_io_kwargs.video"),
        ({"guided_regex": "a", "guided_choice": ["a"]}, "guided_choice"),
        ({"guided_regex": "a", "response_format": {"type": "json_object"}}, "guided_regex"),
        ({"guided_json": 5}, "guided_json"),
        ({"guided_json": {"maximum": 10**30}}, "guided_json"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.function"),
    ],
)
def test_refuses_what_contradicts_itself(fields: dict[str, Any], param: str) -> None:
    assert fault(**fields) == param


@pytest.mark.parametrize(
    ("options", "is_wanted"),
    [(None, False), ({}, True), ({"include_usage": True}, True), ({"include_usage": False}, False)],
)
def test_usage_at_the_end_of_a_stream(options: Any, is_wanted: bool) -> None:
    assert with_hello(stream=True, stream_options=options).include_usage is is_wanted


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
