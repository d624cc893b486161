"""What is wrong with a request is said with a 4xx, in the envelope, with the parameter's name."""

import socket
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from nemotron_vl import Client, NemotronError, image, user
from openai import APIStatusError, OpenAI
from PIL import Image

from tests.e2e.pictures import data_url, encoded, picture
from tests.e2e.serving import MODEL, Serving

URL_PARAM = "messages[0].content[0].image_url"
PNG = picture(1)
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
    "answer last": (
        400,
        "messages[1].role",
        messages({"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}),
    ),
    "too many messages": (400, "messages", messages(*[{"role": "user", "content": "a"}] * 5000)),
    "more messages than anybody counts": (
        400,
        "messages",
        messages(*[{"role": "user", "content": "a"}] * 200_000),
    ),
    "more parts than anybody counts": (
        400,
        "messages",
        messages({"role": "user", "content": ["a"] * 500_000}),
    ),
    "more ids than anybody counts": (
        400,
        "stop_token_ids",
        saying(stop_token_ids=[1] * 1_000_000),
    ),
    "too long": (400, "messages", saying("word " * 150_000)),
    "unknown model": (404, "model", saying(model="gpt-5")),
    "temperature below 0": (400, "temperature", saying(temperature=-1)),
    "temperature as text": (400, "temperature", saying(temperature="1")),
    "temperature without end": (400, "temperature", b'{"messages":[],"temperature":1e999}'),
    "top_p 0": (400, "top_p", saying(top_p=0)),
    "top_k -2": (400, "top_k", saying(top_k=-2)),
    "max_tokens 0": (400, "max_tokens", saying(max_tokens=0)),
    "max_tokens too large": (400, "max_tokens", saying(max_tokens=200_000)),
    "max_tokens 2^31": (400, "max_tokens", saying(max_tokens=2**31)),
    "max_completion_tokens 0": (400, "max_completion_tokens", saying(max_completion_tokens=0)),
    "min_tokens": (400, "min_tokens", saying(min_tokens=9)),
    "n 0": (400, "n", saying(n=0)),
    "n 10^6": (400, "n", saying(n=10**6)),
    "seed 2^63": (400, "seed", saying(seed=2**63)),
    "frequency_penalty": (400, "frequency_penalty", saying(frequency_penalty=3)),
    "repetition_penalty": (400, "repetition_penalty", saying(repetition_penalty=0)),
    "top_logprobs": (400, "top_logprobs", saying(logprobs=True, top_logprobs=21)),
    "logit_bias": (400, "logit_bias", saying(logit_bias={"99999999": 1})),
    "stop_token_ids": (400, "stop_token_ids", saying(stop_token_ids=[-1])),
    "empty stop": (400, "stop", saying(stop="")),
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
    "base64 cut off": (400, URL_PARAM, showing(data_url(PNG).rstrip("=")[:-2])),
    "no comma": (400, URL_PARAM, showing("data:image/png;base64")),
    "no bytes": (400, URL_PARAM, showing("data:image/png;base64,")),
    "no picture": (400, URL_PARAM, showing(data_url(b"hello"))),
    "cut PNG": (400, URL_PARAM, showing(data_url(PNG[:60]))),
    "cut JPEG": (400, URL_PARAM, showing(data_url(picture(1, kind="JPEG")[:200]))),
    "TIFF": (400, URL_PARAM, showing(data_url(encoded(Image.new("L", (4, 4)), "TIFF")))),
    "bomb": (400, URL_PARAM, showing(data_url(png_that_claims(65_535, 65_535)))),
    "no pixel": (400, URL_PARAM, showing(data_url(png_that_claims(0, 0)))),
    "17 pictures": (
        400,
        "messages[0].content[16]",
        messages(
            {"role": "user", "content": showing(data_url(PNG))["messages"][0]["content"] * 17}
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


@pytest.mark.parametrize("name", BODIES)
def test_body(mock: Serving, name: str) -> None:
    status, param, body = BODIES[name]
    _check(mock.chat(body), status, param)


@pytest.mark.parametrize(
    "path", ["/page.jpg", "/loop.jpg", "/private.jpg", "/short.jpg", "/broken.jpg", "/none.jpg"]
)
def test_address_without_a_picture(mock: Serving, site: str, path: str) -> None:
    _check(mock.chat(showing(site + path)), 400, URL_PARAM)


def test_redirect_is_followed(mock: Serving, site: str) -> None:
    assert mock.chat(showing(site + "/elsewhere.jpg"))[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/chat/completions", 405),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/models/none", 404),
        ("GET", "/v1/models/%00", 404),
    ],
)
def test_address(mock: Serving, method: str, path: str, status: int) -> None:
    got, answer = mock.request(method, path)
    assert (got, answer["error"]["code"]) == (status, status)


def test_bytes_that_are_no_http_stay_out_of_the_log(mock: Serving) -> None:
    request = (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nsecret\r\n"
    )
    with socket.create_connection(("127.0.0.1", mock.http_port)) as connection:
        connection.sendall(request)
        assert b" 400 " in connection.recv(16)
    assert mock.get("/v1/models")[0] == 200
    assert "secret" not in mock.log


def test_body_that_grows_too_large(mock: Serving) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(97):
            yield b" " * MIB

    headers = {"Content-Type": "application/json"}
    _check(mock.request("POST", "/v1/chat/completions", body(), headers), 413, None)


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=a"])
def test_content_type(mock: Serving, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    _check(mock.request("POST", "/v1/chat/completions", b"{}", headers), 400, None)


@pytest.mark.parametrize("is_stream", [False, True])
def test_openai_knows_the_error(openai: OpenAI, *, is_stream: bool) -> None:
    with pytest.raises(APIStatusError) as raised:
        openai.chat.completions.create(
            model=MODEL,
            messages=showing("data:image/png;base64,@@@@")["messages"],
            stream=is_stream,
        )
    assert raised.value.status_code == 400
    assert raised.value.param == URL_PARAM
    assert raised.value.request_id


@pytest.mark.parametrize(
    ("field", "message", "options"),
    [
        ("messages[0].parts[0].image.data", user(image(b"hello")), {}),
        ("messages[0].parts[0].image.data", user(image(PNG[:60])), {}),
        ("messages[0].parts[0].image.data", user(image(b"")), {}),
        ("messages[0].parts[0].image.max_tiles", user(image(PNG, max_tiles=13)), {}),
        ("sampling.temperature", user("Hello"), {"temperature": float("nan")}),
        ("sampling.stop_token_ids", user("Hello"), {"stop_token_ids": [10**6]}),
        ("sampling.max_tokens", user("Hello"), {"max_tokens": 200_000}),
        ("messages", user("word " * 150_000), {}),
        ("num_choices", user("Hello"), {"num_choices": 0}),
        ("model", user("Hello"), {"model": "gpt-5"}),
    ],
)
def test_grpc(client: Client, field: str, message: Any, options: Any) -> None:
    with pytest.raises(NemotronError) as raised:
        client.generate([message], **options)
    expected = grpc.StatusCode.NOT_FOUND if field == "model" else grpc.StatusCode.INVALID_ARGUMENT
    assert (raised.value.code, raised.value.field) == (expected, field)


def test_grpc_without_messages(client: Client) -> None:
    with pytest.raises(NemotronError) as raised:
        client.generate([])
    assert (raised.value.code, raised.value.field) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "messages",
    )


def _check(answer: tuple[int, Any], status: int, param: str | None) -> None:
    got, body = answer
    assert got == status, body
    assert body.keys() == {"error"}
    error = body["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["message"]
    assert (error["param"], error["code"]) == (param, status)
