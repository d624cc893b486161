"""Texts and lists of the body that are longer than they may be, or of the wrong content."""

from collections.abc import Iterator
from typing import Any

from tests.robustness.inputs.answers import Case, json_case
from tests.robustness.inputs.bodies.samples import IMAGE, PNG, TEXT, TOOLS, Body, body_of

_USER = {"role": "user", "content": "a"}
_URLS = (
    "", " ", "x", "data:", "data:,", "data:image/png", "data:image/png,AAAA",
    "data:image/png;base64", "data:image/png;base64,", "data:image/png;base64,@",
    "data:image/png;base64,A", "data:image/png;base64,AAA=A", "data:image/png;base64,====",
    "data:image/png;base64," + "%41" * 100, "data:image/png;base64,\u0100\u0100\u0100\u0100",
    "data:image/png;base64,AAAA,AAAA", "data:text/plain;base64,aGVsbG8=", "DATA:;BASE64,AAAA",
    "file:///etc/passwd", "ftp://example.com/a", "gopher://example.com/", "javascript:1",
    "http://", "http:///a", "http://[", "http://[::1", "http://[::1]/a", "http://a b/",
    "http://127.1/", "http://0x7f.1/", "http://017700000001/", "http://2130706433/",
    "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[fe80::1%25lo]/",
    "http://169.254.169.254/", "http://localhost/", "http://LOCALHOST./", "http://a:b@127.0.0.1/",
    "http://127.0.0.1:99999/", "http://127.0.0.1:-1/", "http://127.0.0.1:x/", "http://127.0.0.1\\@a/",
    "http://\u2460\u2461\u2466.0.0.1/", "http://xn--a/", "http://a\r\nHost: b/", "http://a\0b/",
    "http://" + "a" * 70_000, "//127.0.0.1/a", "https://127.0.0.1:1/a", "http:\\\\127.0.0.1\\a",
)  # fmt: skip


def wrong_urls() -> Iterator[Case]:
    """URLs of images, of a video and of a frame that nobody can or may fetch."""
    param = "messages[0].content[0]"
    for url in _URLS:
        parts: tuple[Body, ...] = (
            {"type": "image_url", "image_url": {"url": url}},
            {"type": "video_url", "video_url": url},
            {"type": "video", "video": [url]},
        )
        for part in parts:
            yield json_case(f"{part['type']} {url[:60]!r}", body_of(part), param)


def too_long() -> Iterator[Case]:
    """Texts with more bytes, and lists with more entries, than they may have."""
    for name, value in (
        ("model", "x" * 100_000),
        ("model", "\x1b[31m\n\u2028x"),
        ("cache_salt", "x" * 257),
        ("cache_salt", "\u00e9" * 129),
        ("stop", "x" * 1025),
        ("stop", ["x"] * 65),
        ("stop", ["x", "y" * 2000]),
        ("stop_token_ids", [1] * 257),
        ("stop_token_ids", [1] * 9000),
        ("logit_bias", {str(token): 1 for token in range(1025)}),
        ("tools", [_tool(f"f{number}") for number in range(129)]),
        ("messages", [_USER] * 4097),
        ("messages", [_USER] * 9000),
        ("messages", [{"role": "user", "content": ["a"] * 8193}]),
        ("messages", [{"role": "user", "content": "word " * 20_000}]),
        ("messages", [{"role": "user", "content": "a" * (2**21 + 1)}]),
        ("messages", []),
    ):
        yield json_case(f"{name} = {str(value)[:40]!r}", TEXT | {name: value}, name)
    frames = {"type": "video", "video": [PNG] * 129}
    yield json_case("129 frames", body_of(frames), "messages[0].content[0].video")


def wrong_keys() -> Iterator[Case]:
    """Keys that mean nothing where each key means something."""
    for key in (
        "x",
        "",
        "-1",
        "1.5",
        "1e3",
        " 1",
        "0x5",
        "\uff15",
        "131072",
        "9" * 50,
        "5\0",
        "null",
    ):
        yield json_case(f"logit_bias {key!r}", TEXT | {"logit_bias": {key: 1}}, "logit_bias")
    for name in ("mm_processor_kwargs", "media_io_kwargs"):
        for key in ("revision", "", "x" * 10_000, "__class__", "trust_remote_code", "\0", "a.b"):
            yield json_case(f"{name} {key[:20]!r}", TEXT | {name: {key: 1}}, name)
            video = {"video": {key: 1}}
            yield json_case(f"{name} video {key[:20]!r}", TEXT | {name: video}, name)


def wrong_names() -> Iterator[Case]:
    """Names of tools and of their calls."""
    param = "tools[0].function.name"
    for name in (
        "",
        " ",
        "a b",
        "x" * 65,
        "a.b",
        "a\n",
        "\0",
        "\u00e9",
        "</tool>",
        "a\u2028",
        "\ufeff",
    ):
        yield json_case(f"tool {name!r}", TEXT | {"tools": [_tool(name)]}, param)
    yield json_case("two tools", TEXT | {"tools": [_tool("f")] * 2}, "tools[1].function.name")
    for name in ("", "\n", "a\0b", "\x1b[0m", "a\u2028b", "\x7f", "\x85"):
        call = {"id": "1", "function": {"name": name, "arguments": "{}"}}
        messages = [{"role": "assistant", "tool_calls": [call]}, {"role": "tool", "content": "a"}]
        where = "messages[0].tool_calls[0].function.name"
        yield json_case(f"call of {name!r}", {"messages": [*messages, _USER]}, where)
    for value in (
        "required",
        {"type": "function", "function": {"name": "g"}},
        {"type": "function"},
    ):
        yield json_case(f"tool_choice {value}", TOOLS | {"tool_choice": value}, "tool_choice")


def contradictions() -> Iterator[Case]:
    """Fields that are right alone, and wrong beside each other."""
    guided: dict[str, Any] = {"guided_regex": "a", "response_format": {"type": "json_object"}}
    for name, value in guided.items():
        yield json_case(f"only {name}", TEXT | {name: value}, name)
    yield json_case("two constraints", TEXT | guided, *guided)
    for name, fields in {
        "top_logprobs": {"top_logprobs": 1},
        "min_tokens": {"min_tokens": 3},
        "continue_final_message": {"continue_final_message": True},
        "add_generation_prompt": {"add_generation_prompt": False},
    }.items():
        yield json_case(f"{name} alone", TEXT | fields, name)
    yield json_case(
        "fps and num_frames",
        IMAGE | {"mm_processor_kwargs": {"fps": 1, "num_frames": 2}},
        "mm_processor_kwargs",
    )
    for role in ("system", "developer", "assistant"):
        message = IMAGE["messages"][0] | {"role": role}
        yield json_case(
            f"image of {role}", {"messages": [message, _USER]}, "messages[0].content[0]"
        )
    for role in ("user", "system", "tool"):
        call = {"id": "1", "function": {"name": "f"}}
        message = {"role": role, "content": "a", "tool_calls": [call]}
        yield json_case(f"call of {role}", {"messages": [message]}, "messages[0].tool_calls")


def _tool(name: str) -> Body:
    return {"type": "function", "function": {"name": name}}
