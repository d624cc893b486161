import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from nemotron_vl.v1 import inference_pb2

from tests.http_gateway.fake_server import (
    MODEL,
    Event,
    FakeServer,
    Refusal,
    answer,
    delta,
    ended,
    finish,
    hang,
    started,
)
from tests.http_gateway.running import Gateway, Start

HELLO = {"messages": [{"role": "user", "content": "hello"}]}
STREAM = HELLO | {"stream": True}


async def events(response: Any) -> list[str]:
    text = (await response.read()).decode()
    return [event.removeprefix("data: ") for event in text.split("\n\n") if event]


def refuse(refusal: Refusal) -> Any:
    async def script(
        server: FakeServer, generation: inference_pb2.Generation
    ) -> AsyncIterator[Event]:
        raise refusal
        yield

    return script


async def say_nothing(
    server: FakeServer, generation: inference_pb2.Generation
) -> AsyncIterator[Event]:
    await server.release.wait()
    yield started()


async def test_answers(gateway: Gateway) -> None:
    async with gateway.chat(HELLO) as response:
        assert response.status == 200
        body = await response.json()
    assert body["choices"][0]["message"]["content"] == "A cat"
    assert body["usage"]["total_tokens"] == 9


async def test_the_media_is_in_the_servers_message(gateway: Gateway, server: FakeServer) -> None:
    url = "data:image/png;base64," + base64.b64encode(b"an image").decode()
    content = ["look:", {"type": "image_url", "image_url": {"url": url}}]
    async with gateway.chat({"messages": [{"role": "user", "content": content}]}) as response:
        assert response.status == 200
    part = server.generations[0].messages[0].parts[1]
    assert (part.image.data, part.image.mime_type) == (b"an image", "image/png")


async def test_what_the_server_refuses_is_never_fetched(server: FakeServer, start: Start) -> None:
    """The server judges the request without its media before any URL is dialed."""
    num_dials = 0

    async def dialed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal num_dials
        num_dials += 1
        writer.close()

    async with await asyncio.start_server(dialed, "127.0.0.1", 0) as site:
        port = site.sockets[0].getsockname()[1]
        gateway = await start(backend=server.address, allow_media_hosts=("127.0.0.1",))
        content = [{"type": "image_url", "image_url": {"url": f"http://127.0.0.1:{port}/a"}}]
        body = {"model": "another", "messages": [{"role": "user", "content": content}]}
        server.refusal = Refusal("NOT_FOUND", "No such model.", "MODEL_NOT_FOUND")
        async with gateway.chat(body) as response:
            assert response.status == 404
        assert num_dials == 0
        server.refusal = None
        async with gateway.chat(body) as response:
            assert response.status == 400
        assert num_dials > 0
    assert [generation.model for generation in server.checked] == ["another"] * 2


async def test_a_data_url_needs_no_check(gateway: Gateway, server: FakeServer) -> None:
    content = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,YQ=="}}]
    async with gateway.chat({"messages": [{"role": "user", "content": content}]}) as response:
        assert response.status == 200
    assert server.checked == []


async def test_a_broken_image_is_named(gateway: Gateway, server: FakeServer) -> None:
    content = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,a"}}]
    async with gateway.chat({"messages": [{"role": "user", "content": content}]}) as response:
        assert response.status == 400
        error = (await response.json())["error"]
    assert error["param"] == "messages[0].content[0].image_url"
    assert server.generations == []


async def test_streams(gateway: Gateway) -> None:
    async with gateway.chat(STREAM | {"stream_options": {"include_usage": True}}) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        *chunks, last = await events(response)
    assert last == "[DONE]"
    parsed = [json.loads(chunk) for chunk in chunks]
    texts = [c["delta"].get("content") or "" for p in parsed for c in p["choices"]]
    assert "".join(texts) == "A cat"
    assert parsed[-1]["usage"]["completion_tokens"] == 2


async def test_a_request_refused_before_its_first_event_has_a_status(
    gateway: Gateway, server: FakeServer
) -> None:
    server.script = refuse(
        Refusal("NOT_FOUND", "The model 'x' does not exist.", "MODEL_NOT_FOUND", field="model")
    )
    for body in (HELLO, STREAM):
        async with gateway.chat(body) as response:
            assert response.status == 404
            assert (await response.json())["error"] == {
                "message": "The model 'x' does not exist.",
                "type": "NotFoundError",
                "param": "model",
                "code": 404,
            }


async def test_a_failure_after_the_first_event_is_an_event(
    gateway: Gateway, server: FakeServer
) -> None:
    async def script(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        yield started()
        yield delta("A ")
        raise Refusal("INTERNAL", "at 0x7f01", "ENGINE_FAILED")

    server.script = script
    async with gateway.chat(STREAM) as response:
        assert response.status == 200
        *_, error, last = await events(response)
    assert json.loads(error)["error"]["code"] == 500
    assert "0x7f01" not in error
    assert last == "[DONE]"


async def test_a_stream_that_breaks_off_is_an_error(gateway: Gateway, server: FakeServer) -> None:
    async def script(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        yield started()

    server.script = script
    async with gateway.chat(STREAM) as response:
        error, last = await events(response)
    assert json.loads(error)["error"]["code"] == 500
    assert last == "[DONE]"


async def test_full_is_503_with_a_time_to_wait(gateway: Gateway, server: FakeServer) -> None:
    server.script = refuse(
        Refusal("RESOURCE_EXHAUSTED", "The queue is full.", "OVERLOADED", retry_after_s=3)
    )
    async with gateway.chat(HELLO) as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "3"


async def test_no_server_is_503_at_once(start: Start, closed_port: int) -> None:
    gateway = await start(backend=f"127.0.0.1:{closed_port}")
    for body in (HELLO, STREAM):
        async with gateway.chat(body) as response:
            assert response.status == 503
            assert "Retry-After" in response.headers
            assert str(closed_port) not in await response.text()


async def test_a_deadline_is_504(server: FakeServer, start: Start) -> None:
    server.script = say_nothing
    gateway = await start(backend=server.address, request_timeout_s=0.2)
    for body in (HELLO, STREAM):
        async with gateway.chat(body) as response:
            assert response.status == 504


@pytest.mark.parametrize(("body", "script"), [(HELLO, hang), (STREAM, hang), (STREAM, say_nothing)])
async def test_a_client_that_leaves_cancels_its_generation(
    gateway: Gateway,
    server: FakeServer,
    caplog: pytest.LogCaptureFixture,
    body: dict[str, Any],
    script: Any,
) -> None:
    server.script = script
    call = asyncio.create_task(_call_and_read(gateway, body))
    async with asyncio.timeout(60):
        await server.until_running(call)
        call.cancel()
        await server.is_cancelled.wait()
        while '499"} 1.0' not in await gateway.metrics():
            await asyncio.sleep(0.01)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def _call_and_read(gateway: Gateway, body: dict[str, Any]) -> None:
    async with gateway.chat(body) as response:
        await response.read()


async def test_sixteen_at_once(gateway: Gateway, server: FakeServer) -> None:
    async def echo(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        text = generation.messages[0].parts[0].text
        for event in (started(), delta(text), finish(), ended()):
            yield event

    async def ask(text: str) -> str:
        async with gateway.chat({"messages": [{"role": "user", "content": text}]}) as response:
            return (await response.json())["choices"][0]["message"]["content"]

    server.script = echo
    texts = [f"image {number}" for number in range(16)]
    assert await asyncio.gather(*map(ask, texts)) == texts


async def test_one_request_after_a_failed_one_works(gateway: Gateway, server: FakeServer) -> None:
    server.script = refuse(Refusal("INTERNAL", "x"))
    async with gateway.chat(HELLO) as response:
        assert response.status == 500
    server.script = answer
    async with gateway.chat(HELLO) as response:
        assert (await response.json())["model"] == MODEL


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_large_answer_arrives_whole(
    gateway: Gateway, server: FakeServer, is_stream: bool
) -> None:
    entry = inference_pb2.TokenLogprob(token=b"t", logprob=-1)
    entry.top_logprobs.extend([inference_pb2.TokenLogprob(token=b"u", logprob=-2)] * 20)

    async def script(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        yield started()
        yield delta("x" * 300_000, logprobs=[entry] * 500)
        for event in (finish(), ended()):
            yield event

    server.script = script
    async with gateway.chat(HELLO | {"stream": is_stream}) as response:
        raw = await response.read()
    assert raw.count(b'"token":"t"') == 500
    assert raw.count(b"x" * 300_000) == 1
    if not is_stream:
        assert len(json.loads(raw)["choices"][0]["logprobs"]["content"]) == 500
