import json
from typing import Any

import pytest

from http_gateway.chat.parse import parse_body
from http_gateway.chat.unsupported import NEUTRAL_BY_PARAM
from http_gateway.errors import InvalidRequest, PayloadTooLarge
from http_gateway.translation import json_body

HELLO = [{"role": "user", "content": "hello"}]


def fault(body: Any) -> InvalidRequest:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(InvalidRequest) as raised:
        parse_body(data)
    return raised.value


def parts(*content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(content)}]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{} x",
        b"[" * 100_000,
        b"\xff{}",
        b'{"messages": NaN}',
        b'{"messages": Infinity}',
        b'{"seed": ' + b"9" * 5000 + b"}",
        b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
        b'{"messages": [{"role": "user", "content": "\xed\xa0\x80"}]}',
        b"[]",
        b"null",
        b'"messages"',
    ],
)
def test_refuses_what_is_not_a_json_object(data: bytes) -> None:
    assert fault(data).param is None


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": None}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [5]}, "messages[0]"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": 2**31}, "max_tokens"),
        ({"max_tokens": 10**300}, "max_tokens"),
        ({"seed": 2**64}, "seed"),
        ({"seed": -(2**63) - 1}, "seed"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": 10**400}, "temperature"),
        ({"stream": "yes"}, "stream"),
        ({"stop": ["a", 1]}, "stop[1]"),
        ({"stop_token_ids": [2**31]}, "stop_token_ids[0]"),
        ({"logit_bias": [1]}, "logit_bias"),
        ({"model": 5}, "model"),
        ({"tools": [{"type": "custom", "custom": {}}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tool_choice": "maybe"}, "tool_choice.type"),
        ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice.type"),
        ({"response_format": {"type": "structural_tag"}}, "response_format.type"),
        ({"reasoning_effort": "utmost"}, "reasoning_effort"),
        ({"media_io_kwargs": {"video": {"revision": "x"}}}, "media_io_kwargs.video.revision"),
        ({"media_io_kwargs": {"image": {}}}, "media_io_kwargs.image"),
        ({"mm_processor_kwargs": {"device": "cuda"}}, "mm_processor_kwargs.device"),
        ({"mm_processor_kwargs": {"max_num_tiles": "3"}}, "mm_processor_kwargs.max_num_tiles"),
    ],
)
def test_names_the_parameter_at_fault(fields: dict[str, Any], param: str) -> None:
    error = fault({"messages": HELLO} | fields)
    assert error.param == param
    assert f"`{param}`" in error.message


def test_says_which_field_is_missing() -> None:
    error = fault({})
    assert error.param == "messages"
    assert "required" in error.message


@pytest.mark.parametrize("content", [5, True, {"type": "text", "text": "x"}])
def test_says_what_content_may_be(content: Any) -> None:
    error = fault({"messages": [{"role": "user", "content": content}]})
    assert error.message == "`messages[0].content` must be a string or a list of parts."


def test_refuses_a_number_too_large_for_a_float() -> None:
    assert fault(b'{"messages": [], "temperature": 1e999}').param == "temperature"


@pytest.mark.parametrize(
    ("part", "param"),
    [
        ({"type": "audio_url", "audio_url": {"url": "x"}}, "messages[0].content[1]"),
        ({"type": ["text"], "text": "x"}, "messages[0].content[1]"),
        ({"nothing": 1}, "messages[0].content[1]"),
        (5, "messages[0].content[1]"),
        ({"type": "text"}, "messages[0].content[1].text"),
        ({"type": "image_url"}, "messages[0].content[1].image_url"),
        ({"type": "image_url", "image_url": 5}, "messages[0].content[1].image_url"),
        ({"type": "image_url", "image_url": {}}, "messages[0].content[1].image_url.url"),
        ({"type": "video_url", "video_url": {"url": 5}}, "messages[0].content[1].video_url.url"),
    ],
)
def test_names_the_part_at_fault(part: Any, param: str) -> None:
    assert fault(parts("before", part)).param == param


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("best_of", 2),
        ("echo", True),
        ("prompt_logprobs", 0),
        ("chat_template", "{{ messages }}"),
        ("priority", 1),
        ("priority", -1),
        ("truncate_prompt_tokens", 10),
        ("num_beams", 4),
        ("prediction", {"type": "content", "content": "x"}),
        ("modalities", ["text", "audio"]),
        ("audio", {"voice": "x"}),
        ("functions", [{"name": "f"}]),
        ("allowed_token_ids", [1]),
        ("use_beam_search", True),
        ("length_penalty", 1.5),
    ],
)
def test_refuses_what_it_knows_and_does_not_do(param: str, value: Any) -> None:
    error = fault({"messages": HELLO, param: value})
    assert error.param == param
    assert "left out" in error.message or "leave it out" in error.message


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("best_of", True),
        ("priority", False),
        ("echo", 0),
        ("detokenize", 1),
        ("length_penalty", "1"),
    ],
)
def test_a_value_that_only_python_takes_for_neutral_is_refused(param: str, value: Any) -> None:
    assert fault({"messages": HELLO, param: value}).param == param


def test_every_neutral_value_is_taken() -> None:
    for param, values in NEUTRAL_BY_PARAM.items():
        for value in (*values, None):
            *parents, name = param.split(".")
            fields: dict[str, Any] = {name: value}
            for parent in reversed(parents):
                fields = {parent: fields}
            parse_body(json.dumps({"messages": HELLO} | fields).encode())


def test_a_byte_order_mark_is_passed_over() -> None:
    body = json.dumps({"messages": HELLO}).encode()
    assert parse_body(b"\xef\xbb\xbf" + body) == parse_body(body)


def test_refuses_unsupported_options_inside_objects() -> None:
    assert fault({"messages": HELLO, "nvext": {"use_raw_prompt": True}}).param == (
        "nvext.use_raw_prompt"
    )


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("best_of", 1),
        ("echo", False),
        ("functions", []),
        ("modalities", ["text"]),
        ("length_penalty", 1.0),
        ("chat_template", None),
        ("parallel_tool_calls", False),
        ("custom_request_id", {"anything": [1]}),
        ("store", True),
        ("metadata", {"a": "b"}),
        ("service_tier", "flex"),
    ],
)
def test_takes_neutral_values_and_unknown_fields(param: str, value: Any) -> None:
    parse_body(json.dumps({"messages": HELLO, param: value}).encode())


def test_takes_null_for_every_optional_field() -> None:
    fields = type(parse_body(json.dumps({"messages": HELLO}).encode())).model_fields
    body = dict.fromkeys(fields) | {"messages": HELLO}
    assert parse_body(json.dumps(body).encode()).max_tokens is None


def test_the_last_of_two_equal_keys_counts() -> None:
    assert parse_body(b'{"messages": [], "n": 1, "n": 2}').n == 2


def test_takes_a_whole_number_written_with_a_point() -> None:
    assert parse_body(b'{"messages": [], "max_tokens": 512.0}').max_tokens == 512


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": [{"role": "user", "content": "a"}] * 8193}, "messages"),
        ({"messages": [{"role": "user", "content": ["a"] * 4097}] * 2}, "messages"),
        ({"messages": [{"role": "assistant", "tool_calls": [{}] * 8193}]}, "messages"),
        ({"stop_token_ids": [1] * 8193}, "stop_token_ids"),
        ({"logit_bias": dict.fromkeys(map(str, range(8193)), 1)}, "logit_bias"),
    ],
)
def test_refuses_more_than_anybody_counts(fields: dict[str, Any], param: str) -> None:
    error = fault({"messages": HELLO} | fields)
    assert error.param == param
    assert "more than 8192 entries" in error.message


@pytest.mark.parametrize(
    ("padding", "sign"),
    [
        (b"[" + b"0," * 2**17 + b"0]", ","),
        (b"[" + b"[{}]," * (2**17 - 2) + b"[{}]]", "["),
        (b'"' + rb"\u00e9" * (2**21 + 1) + b'"', "\\"),
    ],
)
def test_refuses_a_million_small_things_before_it_reads_them(padding: bytes, sign: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_body(b'{"messages": [{"role": "user", "content": "x"}], "x": ' + padding + b"}")
    assert f"'{sign}' characters" in raised.value.message


def test_takes_as_many_of_a_sign_as_allowed_and_refuses_one_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_body, "_MAX_BY_BYTE", {b",": 1500})
    start, end = b'{"messages": [{"role": "user", "content": "', b'"}]}'
    assert parse_body(start + b"," * 1499 + end).messages
    with pytest.raises(InvalidRequest):
        parse_body(start + b"," * 1500 + end)


def test_takes_the_largest_video_with_its_slashes_escaped() -> None:
    """One sign of 64 in the base64 of 60 MiB is a slash."""
    url = rb"data:video\/mp4;base64," + (b"A" * 63 + rb"\/") * (60 * 2**20 * 4 // 3 // 64)
    part = b'{"type": "video_url", "video_url": {"url": "' + url + b'"}}'
    body = parse_body(b'{"messages": [{"role": "user", "content": [' + part + b"]}]}")
    assert len(body.messages) == 1


def test_takes_an_image_whose_slashes_are_escaped() -> None:
    url = rb"data:image\/png;base64," + rb"AAA\/" * 2**18
    part = b'{"type": "image_url", "image_url": {"url": "' + url + b'"}}'
    body = parse_body(b'{"messages": [{"role": "user", "content": [' + part + b"]}]}")
    assert len(body.messages) == 1


def test_does_not_count_what_it_ignores() -> None:
    assert parse_body(json.dumps({"messages": HELLO, "custom": [1] * 8193}).encode()).messages


@pytest.mark.parametrize("character", ["😀", "\\ud83d\\ude00", "\\u0041"])
def test_long_texts_beyond_ascii_are_refused(character: str) -> None:
    """One wide character makes its whole string take up to four times its bytes."""
    text = "x" * 9 * 2**20
    with pytest.raises(PayloadTooLarge):
        parse_body(f'{{"messages":[{{"role":"user","content":"{text}{character}"}}]}}'.encode())
    quoted = text.replace("x" * 1000, "x" * 998 + '\\"')
    with pytest.raises(PayloadTooLarge):
        parse_body(f'{{"messages":[{{"role":"user","content":"{quoted}{character}"}}]}}'.encode())


def test_a_wide_character_beside_a_long_image_is_read() -> None:
    url = "data:image/png;base64," + "A" * 9 * 2**20
    parts = f'["😀", {{"type":"image_url","image_url":"{url}"}}]'
    assert parse_body(f'{{"messages":[{{"role":"user","content":{parts}}}]}}'.encode())
