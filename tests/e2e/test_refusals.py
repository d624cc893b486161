"""A wrong request gets a 4xx in the error format, with the name of the parameter."""

import socket
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from nemotron_vl import Client, NemotronError, image, user
from openai import APIStatusError, OpenAI

from tests.e2e.support.serving import MODEL, Serving
from tests.e2e.support.wrong_bodies import BODIES, MIB, PNG, URL_PARAM, showing


@pytest.mark.parametrize("name", BODIES)
def test_body(mock: Serving, name: str) -> None:
    status, param, body = BODIES[name]
    _check(mock.chat(body), status, param)


@pytest.mark.parametrize(
    "path", ["/page.jpg", "/loop.jpg", "/private.jpg", "/short.jpg", "/broken.jpg", "/none.jpg"]
)
def test_address_without_an_image(mock: Serving, site: str, path: str) -> None:
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


def test_content_type(mock: Serving) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=a"}
    _check(mock.request("POST", "/v1/chat/completions", b"{}", headers), 400, None)


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_a_page_of_another_origin(mock: Serving, kind: str) -> None:
    headers = {"Content-Type": kind, "Origin": "https://example.com"}
    _check(mock.request("POST", "/v1/chat/completions", b"{}", headers), 403, None)


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
        ("sampling.max_tokens", user("Hello"), {"max_tokens": 0}),
        (
            "sampling.min_tokens",
            user("Hello"),
            {"min_tokens": 200_000, "max_tokens": 200_000},
        ),
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
    assert error["param"] == param
    is_exceeded = "context length" in error["message"]
    assert error["code"] == ("context_length_exceeded" if is_exceeded else status)
