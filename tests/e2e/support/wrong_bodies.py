"""Bodies that no server should take: the status and the parameter that each must get."""

import struct
import zlib
from typing import Any

from PIL import Image

from tests.e2e.support.images import data_url, encoded, image_file

URL_PARAM = "messages[0].content[0].image_url"
PNG = image_file(1)
MIB = 2**20


def saying(text: str = "Hello", **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "max_tokens": 4} | fields


def showing(url: object, **fields: Any) -> dict[str, Any]:
    content = [{"type": "image_url", "image_url": {"url": url}}]
    return {"messages": [{"role": "user", "content": content}], "max_tokens": 4} | fields


def messages(*messages: object) -> dict[str, Any]:
    return {"messages": list(messages), "max_tokens": 4}


def png_that_claims(width: int, height: int) -> bytes:
    """A header, and next to nothing behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


BODIES: dict[str, tuple[int, str | None, Any]] = {
    "no JSON": (400, None, b'{"messages":'),
    "empty body": (400, None, b""),
    "no object": (400, None, b"[]"),
    "deep": (400, None, b"[" * 100_000),
    "lone surrogate": (400, None, saying("\ud800")),
    "no messages": (400, "messages", {}),
    "empty messages": (400, "messages", messages()),
    "null message": (400, "messages[0]", messages(None)),
    "no content": (400, "messages[0].content", messages({"role": "user"})),
    "unknown role": (400, "messages[0].role", messages({"role": "cat", "content": "a"})),
    "unknown part": (
        400,
        "messages[0].content[0]",
        messages({"role": "user", "content": [{"type": "smell", "smell": "rose"}]}),
    ),
    "calls last": (
        400,
        "messages[1].tool_calls",
        messages(
            {"role": "user", "content": "a"},
            {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f"}}]},
        ),
    ),
    "too many messages": (400, "messages", messages(*[{"role": "user", "content": "a"}] * 5000)),
    "more messages than anybody counts": (
        400,
        "messages",
        messages(*[{"role": "user", "content": "a"}] * 60_000),
    ),
    "more parts than anybody counts": (
        400,
        "messages",
        messages({"role": "user", "content": ["a"] * 120_000}),
    ),
    "more ids than anybody counts": (
        400,
        "stop_token_ids",
        saying(stop_token_ids=[1] * 120_000),
    ),
    "more small things than anybody reads": (400, None, saying(custom=[1] * 1_000_000)),
    "too long": (400, "messages", saying("word " * 150_000)),
    "unknown model": (404, "model", saying(model="gpt-5")),
    "temperature below 0": (400, "temperature", saying(temperature=-1)),
    "temperature as text": (400, "temperature", saying(temperature="1")),
    "temperature without end": (400, "temperature", b'{"messages":[],"temperature":1e999}'),
    "top_p below 0": (400, "top_p", saying(top_p=-0.1)),
    "top_k -2": (400, "top_k", saying(top_k=-2)),
    "max_tokens 0": (400, "max_tokens", saying(max_tokens=0)),
    "max_tokens 2^31": (400, "max_tokens", saying(max_tokens=2**31)),
    "max_completion_tokens 0": (400, "max_completion_tokens", saying(max_completion_tokens=0)),
    "min_tokens": (400, "min_tokens", saying(min_tokens=9)),
    "min_tokens too large": (
        400,
        "min_tokens",
        saying(min_tokens=200_000, max_tokens=200_000),
    ),
    "n 0": (400, "n", saying(n=0)),
    "n 10^6": (400, "n", saying(n=10**6)),
    "seed 2^64": (400, "seed", saying(seed=2**64)),
    "frequency_penalty": (400, "frequency_penalty", saying(frequency_penalty=3)),
    "repetition_penalty": (400, "repetition_penalty", saying(repetition_penalty=0)),
    "top_logprobs": (400, "top_logprobs", saying(logprobs=True, top_logprobs=21)),
    "logit_bias": (400, "logit_bias", saying(logit_bias={"99999999": 1})),
    "stop_token_ids": (400, "stop_token_ids", saying(stop_token_ids=[-1])),
    "stop of another kind": (400, "stop[0]", saying(stop=[5])),
    "chat_template": (400, "chat_template", saying(chat_template="{{ 1 }}")),
    "revision": (
        400,
        "mm_processor_kwargs.revision",
        saying(mm_processor_kwargs={"revision": "main"}),
    ),
    "no tiles": (
        400,
        "mm_processor_kwargs.max_num_tiles",
        showing(data_url(PNG), mm_processor_kwargs={"max_num_tiles": 0}),
    ),
    "no tool": (400, "tool_choice", saying(tool_choice="required")),
    "tool without a name": (
        400,
        "tools[0].function.name",
        saying(tools=[{"type": "function", "function": {"name": ""}}]),
    ),
    "no base64": (400, URL_PARAM, showing("data:image/png;base64,@@@@")),
    "base64 cut off": (400, URL_PARAM, showing("data:image/png;base64,iVBOR")),
    "no comma": (400, URL_PARAM, showing("data:image/png;base64")),
    "no bytes": (400, URL_PARAM, showing("data:image/png;base64,")),
    "no image": (400, URL_PARAM, showing(data_url(b"hello"))),
    "cut PNG": (400, URL_PARAM, showing(data_url(PNG[:60]))),
    "cut JPEG": (400, URL_PARAM, showing(data_url(image_file(1, kind="JPEG")[:200]))),
    "TIFF": (400, URL_PARAM, showing(data_url(encoded(Image.new("L", (4, 4)), "TIFF")))),
    "bomb": (400, URL_PARAM, showing(data_url(png_that_claims(65_535, 65_535)))),
    "no pixel": (400, URL_PARAM, showing(data_url(png_that_claims(0, 0)))),
    "more images than the context holds": (
        400,
        "messages[0].content[508]",
        messages(
            {"role": "user", "content": showing(data_url(PNG))["messages"][0]["content"] * 509}
        ),
    ),
    "file URL": (400, URL_PARAM, showing("file:///etc/passwd")),
    "loopback": (400, URL_PARAM, showing("http://localhost:1/a.png")),
    "loopback as a number": (400, URL_PARAM, showing("http://2130706433/a.png")),
    "metadata service": (400, URL_PARAM, showing("http://169.254.169.254/latest")),
    "credentials": (400, URL_PARAM, showing("http://a:b@example.com/a.png")),
    "backslash": (400, URL_PARAM, showing("http://example.com\\@127.0.0.1/")),
    "port": (400, URL_PARAM, showing("http://example.com:99999/")),
    "broken punycode": (400, URL_PARAM, showing("http://xn--a/")),
    "large file": (413, URL_PARAM, showing("data:image/png;base64," + "A" * (44 * MIB))),
    "large text": (413, "messages", saying("a" * (5 * MIB))),
    "large media": (413, URL_PARAM, showing("data:image/png;base64," + "A" * (90 * MIB))),
    "large body": (413, None, b" " * (97 * MIB)),
}
