"""Bodies of chat completions in which one field has a value of a type that it cannot have."""

import copy
import json
import random
import re
from collections.abc import Iterator
from typing import Any

# A value of each JSON type.
BOOL, INT, FLOAT, TEXT, LIST, OBJECT = True, 7, 0.5, "text", [[]], {"x": {}}
ALL = {"bool": BOOL, "int": INT, "float": FLOAT, "text": TEXT, "list": LIST, "object": OBJECT}

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAA"
    "AABJRU5ErkJggg=="
)

# Every field of a body with a good value and the types that it takes. A number that may have a
# fraction takes whole ones, too.
FIELDS: dict[str, tuple[Any, str]] = {
    "model": ("nvidia/nemotron-nano-12b-v2-vl", "text"),
    "messages": ([{"role": "user", "content": "Hello"}], "list"),
    "messages[0]": ({"role": "user", "content": "Hello"}, "object"),
    "messages[0].role": ("user", "text"),
    "messages[0].content": ("Hello", "text list"),
    "messages[0].content[0]": ({"type": "text", "text": "Hello"}, "text object"),
    "messages[0].content[0].type": ("text", "text"),
    "messages[0].content[0].text": ("Hello", "text"),
    "messages[0].content[1].image_url": ({"url": PIXEL}, "text object"),
    "messages[0].content[1].image_url.url": (PIXEL, "text"),
    "messages[1].tool_calls": ([], "list"),
    "messages[1].tool_calls[0]": ({"id": "1", "function": {"name": "f"}}, "object"),
    "messages[1].tool_calls[0].id": ("1", "text"),
    "messages[1].tool_calls[0].function": ({"name": "f"}, "object"),
    "messages[1].tool_calls[0].function.name": ("f", "text"),
    "messages[1].tool_calls[0].function.arguments": ("{}", "text object list"),
    "messages[2].tool_call_id": ("1", "text"),
    "stream": (False, "bool"),
    "stream_options": ({}, "object"),
    "stream_options.include_usage": (True, "bool"),
    "n": (1, "int"),
    "max_tokens": (1, "int"),
    "max_completion_tokens": (1, "int"),
    "min_tokens": (0, "int"),
    "temperature": (0.5, "int float"),
    "top_p": (0.5, "int float"),
    "top_k": (1, "int"),
    "min_p": (0.5, "int float"),
    "seed": (1, "int"),
    "frequency_penalty": (0.5, "int float"),
    "presence_penalty": (0.5, "int float"),
    "repetition_penalty": (1.5, "int float"),
    "stop": (["a"], "text list"),
    "stop[0]": ("a", "text"),
    "stop_token_ids": ([1], "list"),
    "stop_token_ids[0]": (1, "int"),
    "ignore_eos": (False, "bool"),
    "include_stop_str_in_output": (False, "bool"),
    "logit_bias": ({"1": 1}, "object"),
    "logit_bias.1": (1, "int float"),
    "logprobs": (True, "bool"),
    "top_logprobs": (1, "int"),
    "tools": ([{"type": "function", "function": {"name": "f"}}], "list"),
    "tools[0]": ({"type": "function", "function": {"name": "f"}}, "object"),
    "tools[0].type": ("function", "text"),
    "tools[0].function": ({"name": "f"}, "object"),
    "tools[0].function.name": ("f", "text"),
    "tools[0].function.description": ("d", "text"),
    "tools[0].function.parameters": ({"type": "object"}, "object"),
    "tool_choice": ("auto", "text object"),
    "parallel_tool_calls": (True, "bool"),
    "response_format": ({"type": "text"}, "object"),
    "response_format.type": ("text", "text"),
    "nvext": ({}, "object"),
    "reasoning_effort": ("none", "text"),
    "chat_template_kwargs": ({"enable_thinking": False}, "object"),
    "chat_template_kwargs.enable_thinking": (False, "bool"),
    "include_reasoning": (True, "bool"),
    "media_io_kwargs": ({"video": {}}, "object"),
    "media_io_kwargs.video": ({"fps": 1}, "object"),
    "media_io_kwargs.video.fps": (1, "int float"),
    "media_io_kwargs.video.num_frames": (1, "int"),
    "mm_processor_kwargs": ({"max_num_tiles": 1}, "object"),
    "mm_processor_kwargs.max_num_tiles": (1, "int"),
    "cache_salt": ("s", "text"),
}

# Numbers just beyond what each field takes, and far beyond.
BEYOND: dict[str, tuple[Any, ...]] = {
    "n": (0, -1, 129, 2**31, 2**63, 10**30),
    "max_tokens": (0, -2, -(2**31), 2**31, 10**30),
    "max_completion_tokens": (0, -2, 2**31),
    "min_tokens": (-1, 2, 2**31),
    "temperature": (-0.001, 100.1, 1e308, 10**400),
    "top_p": (-0.001, 1.001, 1e308),
    "top_k": (-2, 2**31),
    "min_p": (-0.001, 1.001),
    "seed": (2**64, -(2**63) - 1, 10**30),
    "frequency_penalty": (-2.001, 2.001),
    "presence_penalty": (-2.001, 2.001),
    "repetition_penalty": (0, -1, 100.1),
    "stop_token_ids[0]": (-1, 2**31 - 1, 2**31),
    "logit_bias.1": (-100.1, 100.1, 1e308),
    "top_logprobs": (-1, 21, 2**31),
    "mm_processor_kwargs.max_num_tiles": (0, -1, 13, 2**31),
    "stop": (["a"] * 65, ["a" * 10_000]),
    "cache_salt": ("s" * 257,),
    "model": ("m", "m" * 10_000, "\x1b[31m", "\u2028x"),
}

# What takes place in a body that has neither: two messages more, to hold tool calls and an answer.
_BASE = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hello"},
                {"type": "image_url", "image_url": {"url": PIXEL}},
            ],
        },
        {
            "role": "assistant",
            "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "content": "result", "tool_call_id": "1"},
    ],
    "max_tokens": 1,
    "logprobs": True,
}


def bodies_of_wrong_types() -> Iterator[tuple[str, dict[str, Any]]]:
    """The path of the field at fault, and the body."""
    for path, (_, kinds) in FIELDS.items():
        for kind, value in ALL.items():
            if kind not in kinds.split():
                yield path, with_value(path, value)


def with_value(path: str, value: Any) -> dict[str, Any]:
    """A body that is good but for what the path leads to."""
    body = copy.deepcopy(_BASE)
    holder: Any = body
    *steps, last = _steps(path)
    walked = ""
    for step in steps:
        walked += f"[{step}]" if isinstance(step, int) else f".{step}" if walked else step
        if not isinstance(holder, list) and step not in holder:
            holder[step] = copy.deepcopy(FIELDS[walked][0])
        holder = holder[step]
    holder[last] = value
    return body


def _steps(path: str) -> list[Any]:
    words = re.findall(r"[^.\[\]]+", path)
    return [int(word) if f"[{word}]" in path else word for word in words]


def bodies_beyond_limits() -> Iterator[tuple[str, dict[str, Any]]]:
    """The path of the field at fault, and the body."""
    for path, values in BEYOND.items():
        for value in values:
            yield path, with_value(path, value)


def texts_that_are_no_json() -> Iterator[bytes]:
    """Bodies that no reader of JSON takes: cut anywhere, and with one thing that JSON has not."""
    good = json.dumps(_BASE).encode()
    yield from (good[:end] for end in range(len(good)))
    for number in (b"NaN", b"Infinity", b"-Infinity", b"0x1", b"01", b"1.", b".5", b"+1", b"1e"):
        yield b'{"temperature": %b, "messages": []}' % number
    for text in (
        b"\xff",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\n",
        b"\x00",
        b"\\u12",
        b"\\ud800",
        b"\\x41",
    ):
        yield b'{"messages": [{"role": "user", "content": "%b"}]}' % text
    for text in (b"{} {}", b"{,}", b"[1 2]", b"{'a': 1}", b"// {}", b"\xef\xbb\xbf{", b"nul", b'"'):
        yield text


def mutated_texts(dice: random.Random) -> Iterator[bytes]:
    """Good bodies with one byte changed, again and again. Some stay good."""
    good = json.dumps(_BASE).encode()
    while True:
        body = bytearray(good)
        body[dice.randrange(len(body))] = dice.randrange(256)
        yield bytes(body)
