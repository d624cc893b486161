"""Faulty requests: bodies and headers that are not in good order."""

import asyncio
import contextlib
import gzip
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from multidict import CIMultiDict

from http_gateway.byte_budget import BYTES
from http_gateway.edge import requests
from tests.http_gateway.fake_server import (
    Event,
    FakeServer,
    delta,
    ended,
    finish,
    started,
)
from tests.http_gateway.running import Gateway, Start

HELLO = json.dumps({"messages": [{"role": "user", "content": "hello"}]}).encode()


POST = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"


async def error_of(call: Any) -> dict[str, Any]:
    async with call as response:
        error = (await response.json())["error"]
        assert error["code"] == response.status
        assert set(error) == {"message", "type", "param", "code"}
        assert response.headers["x-request-id"]
        return error


async def status_of(call: Any) -> int:
    async with call as response:
        await response.read()
        return response.status


async def wait_for_release(server: FakeServer, generation: Any) -> AsyncIterator[Event]:
    await server.release.wait()
    for event in (started(), delta("x"), finish(), ended()):
        yield event


async def test_not_json(gateway: Gateway) -> None:
    assert (await error_of(gateway.post(b"{")))["code"] == 400


OTHER_TYPES = ["text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", ""]


@pytest.mark.parametrize("kind", [*OTHER_TYPES, "application/vnd.api+json", "application/jsonl"])
async def test_a_body_that_is_json_is_read_whatever_its_declared_type(
    gateway: Gateway, kind: str
) -> None:
    async with gateway.post(HELLO, headers={"Content-Type": kind}) as response:
        assert response.status == 200


@pytest.mark.parametrize("kind", OTHER_TYPES)
async def test_a_page_of_another_origin_must_declare_json(
    server: FakeServer, start: Start, kind: str
) -> None:
    """A browser sends these types without asking first, and says the origin."""
    gateway = await start(backend=server.address, cors_allow_origins=["https://example.com"])
    headers = {"Content-Type": kind, "Origin": "https://example.com"}
    error = await error_of(gateway.post(HELLO, headers=headers))
    assert error["code"] == 400
    assert "Content-Type" in error["message"]


async def test_a_form_with_files_is_refused_by_name(gateway: Gateway) -> None:
    kind = "multipart/form-data; boundary=x"
    error = await error_of(gateway.post(HELLO, headers={"Content-Type": kind}))
    assert error["code"] == 400
    assert "multipart/form-data" in error["message"]


async def test_a_byte_order_mark(gateway: Gateway) -> None:
    async with gateway.post(b"\xef\xbb\xbf" + HELLO) as response:
        assert response.status == 200


async def test_a_charset_is_no_other_content_type(gateway: Gateway) -> None:
    kind = "application/json; charset=utf-8"
    async with gateway.post(HELLO, headers={"Content-Type": kind}) as response:
        assert response.status == 200


async def test_a_compressed_body(gateway: Gateway) -> None:
    call = gateway.post(gzip.compress(HELLO), headers={"Content-Encoding": "gzip"})
    assert (await error_of(call))["code"] == 415


async def test_a_compressed_body_that_also_says_it_is_none(gateway: Gateway) -> None:
    headers = CIMultiDict({"Content-Type": "application/json", "Content-Encoding": "identity"})
    headers.add("Content-Encoding", "gzip")
    url = f"{gateway.url}/v1/chat/completions"
    call = gateway.session.post(url, data=gzip.compress(HELLO), headers=headers)
    assert (await error_of(call))["code"] == 400


async def test_a_body_that_says_it_is_too_large(server: FakeServer, start: Start) -> None:
    gateway = await start(backend=server.address, max_body_bytes=1024)
    assert (await error_of(gateway.post(b" " * 2000)))["code"] == 413


async def test_a_body_that_turns_out_too_large(server: FakeServer, start: Start) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b" " * 100

    gateway = await start(backend=server.address, max_body_bytes=1024)
    assert (await error_of(gateway.post(chunks())))["code"] == 413  # pyright: ignore[reportArgumentType]


async def test_a_message_too_large_for_the_server(server: FakeServer, start: Start) -> None:
    gateway = await start(backend=server.address, max_message_bytes=2**16)
    text = "x" * 2**16
    error = await error_of(gateway.chat({"messages": [{"role": "user", "content": text}]}))
    assert (error["code"], error["param"]) == (413, "messages")
    assert server.generations == []


async def test_requests_that_together_have_too_many_bytes(server: FakeServer, start: Start) -> None:
    gateway = await start(backend=server.address, max_bytes_in_flight=2048)
    server.script = wait_for_release
    large = json.loads(HELLO) | {"padding": "x" * 1500}
    first = asyncio.create_task(status_of(gateway.chat(large)))
    await server.until_running(first)
    error = await error_of(gateway.chat(large))
    assert error["code"] == 503
    assert await status_of(gateway.get("/v1/models")) == 200
    server.release.set()
    assert await first == 200
    assert await status_of(gateway.chat(large)) == 200


@pytest.mark.parametrize("sent", [b"", b"GET /v1/mod", POST])
async def test_a_connection_that_brings_no_request_is_closed(
    server: FakeServer, start: Start, sent: bytes
) -> None:
    gateway = await start(backend=server.address, idle_timeout_s=0.2)
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_an_answer_may_take_longer_than_a_connection_may_idle(
    server: FakeServer, start: Start
) -> None:
    gateway = await start(backend=server.address, idle_timeout_s=1)
    server.script = wait_for_release
    call = asyncio.create_task(status_of(gateway.post(HELLO)))
    await server.until_running(call)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(call), timeout=2)
    server.release.set()
    assert await call == 200


async def test_a_body_that_takes_too_long(server: FakeServer, start: Start) -> None:
    gateway = await start(backend=server.address, body_timeout_s=0.2)
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(POST + b"Content-Length: 10\r\n\r\n{")
    async with asyncio.timeout(60):
        assert b" 408 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def send_slowly(gateway: Gateway, num_pieces: int, piece: bytes) -> bytes:
    """The status line of the answer to a body of so many pieces, ten a second."""
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body_bytes = len(HELLO) + num_pieces * len(piece)
    writer.write(POST + b"Content-Length: %d\r\n\r\n" % body_bytes)
    answer = asyncio.create_task(reader.readline())
    for _ in range(num_pieces):
        writer.write(piece)
        await asyncio.wait([answer], timeout=0.1)
    writer.write(HELLO)
    status = await asyncio.wait_for(answer, 60)
    writer.close()
    return status


async def test_a_body_that_dribbles_is_refused(
    server: FakeServer, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "_PACE_S", 1.0)
    gateway = await start(backend=server.address, min_body_bytes_per_s=65536)
    assert b" 408 " in await send_slowly(gateway, 50, b" " * 10)


async def test_a_slow_line_may_take_its_time(
    server: FakeServer, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A megabit a second, for longer than the pace is judged."""
    monkeypatch.setattr(requests, "_PACE_S", 1.0)
    gateway = await start(backend=server.address, min_body_bytes_per_s=65536)
    assert b" 200 " in await send_slowly(gateway, 30, b" " * 12_500)


async def test_unfinished_large_bodies_of_one_caller_leave_room_for_others(
    server: FakeServer, start: Start
) -> None:
    gateway = await start(backend=server.address, max_bytes_in_flight=40 * 2**20)
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    writers = list[asyncio.StreamWriter]()
    for _ in range(4):
        _, writer = await asyncio.open_connection(host, int(port))
        writers.append(writer)
        writer.write(POST + b"Content-Length: 90000000\r\n\r\n" + b" " * 14 * 2**20)
        with contextlib.suppress(TimeoutError, ConnectionError):
            await asyncio.wait_for(writer.drain(), 1)
    assert await status_of(gateway.post(HELLO)) == 200
    with gateway.app[BYTES].share("another") as share:
        share.take(15 * 2**20)
    for writer in writers:
        writer.close()


@pytest.mark.parametrize(
    "request_bytes",
    [
        CHUNKED + b"\r\nsecret\r\n\r\n",
        CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
        POST + b"Authorization: secret\r\n b\r\n\r\n",
        POST + b"Authorization: secret" + b"x" * 10_000 + b"\r\n\r\n",
        b"secret\r\n\r\n",
    ],
)
async def test_broken_http_is_the_callers_fault(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, request_bytes: bytes
) -> None:
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request_bytes)
    async with asyncio.timeout(30):
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    assert " 400 " in head.splitlines()[0]
    assert {"Server: nemotron-vl", "Content-Type: application/json"} <= {*head.splitlines()}
    assert "x-request-id: " in head
    error = json.loads(body)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"].startswith("The request is not valid HTTP")
    assert "secret" not in body
    assert "secret" not in caplog.text


async def test_a_client_may_ask_before_it_sends(gateway: Gateway) -> None:
    async with gateway.post(HELLO, expect100=True) as response:
        assert response.status == 200


async def test_another_expectation_is_refused(gateway: Gateway) -> None:
    call = gateway.post(HELLO, headers={"Expect": "the moon"})
    assert (await error_of(call))["code"] == 417


@pytest.mark.parametrize("path", ["/v1/health/live", "/v1/models", "/nothing"])
async def test_an_expectation_is_refused_on_every_path(gateway: Gateway, path: str) -> None:
    assert (await error_of(gateway.get(path, headers={"Expect": "the moon"})))["code"] == 417


async def answers(gateway: Gateway, *sent: bytes) -> list[str]:
    """The status lines of all answers to these bytes, until the gateway closes the connection."""
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"".join(sent))
    async with asyncio.timeout(30):
        raw = (await reader.read()).decode()
    writer.close()
    return re.findall(r"HTTP/1\.[01] ([^\r]+)\r\n", raw)


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"deflate, chunked", b"gzip", b"identity"])
async def test_codings_of_the_transfer_are_refused(gateway: Gateway, coding: bytes) -> None:
    head = POST + b"Connection: close\r\nTransfer-Encoding: " + coding + b"\r\n\r\n"
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(HELLO), HELLO)
    (status,) = await answers(gateway, head, body)
    assert status in ("501 Not Implemented", "400 Bad Request")


LIVE = b"GET /v1/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
WHOLE = POST + b"Content-Length: %d\r\n\r\n" % len(HELLO) + HELLO


async def test_a_body_that_turns_out_not_to_be_http_is_refused(gateway: Gateway) -> None:
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(CHUNKED + b"\r\n5\r\n{    \r\n")
    await asyncio.sleep(0.2)
    writer.write(b"garbage\r\n")
    async with asyncio.timeout(5):
        raw = (await reader.read()).decode()
    writer.close()
    assert re.findall(r"HTTP/1\.[01] ([^\r]+)\r\n", raw) == ["400 Bad Request"]


@pytest.mark.parametrize("good", [[LIVE], [WHOLE], [LIVE, LIVE, WHOLE, LIVE]])
async def test_requests_before_garbage_are_answered(gateway: Gateway, good: list[bytes]) -> None:
    statuses = await answers(gateway, *good, b"garbage\r\n\r\n")
    assert statuses == ["200 OK"] * len(good) + ["400 Bad Request"]


async def test_many_requests_at_once_are_answered(gateway: Gateway) -> None:
    last = LIVE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert await answers(gateway, LIVE * 100, last) == ["200 OK"] * 101


async def test_a_body_may_look_like_many_heads(gateway: Gateway) -> None:
    body = b"\r\n\r\n" * 10_000 + HELLO
    head = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert await answers(gateway, head, body) == ["200 OK"]


async def test_no_such_path(gateway: Gateway) -> None:
    error = await error_of(gateway.get("/v1/nothing"))
    assert (error["code"], error["type"]) == (404, "NotFoundError")


async def test_no_such_method(gateway: Gateway) -> None:
    async with gateway.get("/v1/chat/completions") as response:
        assert response.headers["Allow"] == "POST"
        assert response.headers["x-should-retry"] == "false"
        error = (await response.json())["error"]
    assert error["code"] == 405
