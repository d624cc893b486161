"""Answers of servers, byte by byte."""

import asyncio
import json
from argparse import ArgumentTypeError
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing

import pytest
from nemotron_vl.cli.bench.http_transport import HttpTransport
from nemotron_vl.cli.bench.outcome import Outcome, outcome_of
from nemotron_vl.cli.bench.transport import Ask
from nemotron_vl.cli.bench.workload import Question

ASK = Ask(max_tokens=9, temperature=0.5, ignore_eos=True, model="m", timeout_s=20.0)
QUESTION = Question(
    system="be", text="what?", kind="image", media=b"\x89image", media_type="image/png"
)
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding:  Chunked\r\n\r\n"


def event(chunk: object) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def delta(**content: str) -> bytes:
    return event({"choices": [{"index": 0, "delta": content}], "usage": None})


USAGE = event({"choices": [], "usage": {"prompt_tokens": 30, "completion_tokens": 4}})
ANSWER = (
    delta(role="assistant", content="")
    + b": still there\n\n"
    + delta(content="a")
    + delta(reasoning_content="b")
    + USAGE
    + b"data: [DONE]\n\n"
)


def chunks(data: bytes, sizes: Sequence[int]) -> bytes:
    """Cut where a server's buffers happened to end."""
    pieces: list[bytes] = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in [*pieces, data] if p) + b"0\r\n\r\n"


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers one request with these bytes, its URL, and what was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split()[0])
            asked.append(head + await reader.readexactly(length))
            writer.write(answer)
            await writer.drain()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", asked


async def outcome_for(answer: bytes) -> Outcome:
    async with answering(answer) as (url, _):
        return await outcome_of(HttpTransport(url, ASK).prepare(QUESTION)())


async def test_request_is_a_chat_completion_as_a_stream() -> None:
    async with answering(CHUNKED + chunks(ANSWER, [])) as (url, asked):
        await outcome_of(HttpTransport(url, ASK, api_key="secret").prepare(QUESTION)())
    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer secret" in head
    content = [
        {"type": "text", "text": "what?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iWltYWdl"}},
    ]
    assert json.loads(body) == {
        "model": "m",
        "messages": [{"role": "system", "content": "be"}, {"role": "user", "content": content}],
        "max_tokens": 9,
        "temperature": 0.5,
        "ignore_eos": True,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_a_temperature_that_is_not_given_is_the_servers() -> None:
    ask = Ask(max_tokens=9, ignore_eos=False)
    async with answering(CHUNKED + chunks(ANSWER, [])) as (url, asked):
        await outcome_of(HttpTransport(url, ask).prepare(QUESTION)())
    assert "temperature" not in json.loads(asked[0].partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("size", [1, 2, 7, 50, 10_000])
async def test_answer_is_read_wherever_its_chunks_part(size: int) -> None:
    sizes = [size] * (len(ANSWER) // size)
    outcome = await outcome_for(CHUNKED + chunks(ANSWER, sizes))
    assert outcome.error is None
    assert (len(outcome.arrivals_s), outcome.prompt_tokens, outcome.completion_tokens) == (2, 30, 4)


async def test_answer_that_ends_with_the_connection_is_read_too() -> None:
    outcome = await outcome_for(b"HTTP/1.1 200 OK\r\n\r\n" + ANSWER)
    assert (outcome.error, len(outcome.arrivals_s), outcome.completion_tokens) == (None, 2, 4)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            b'HTTP/1.1 429 No\r\nContent-Length: 40\r\n\r\n{"error": {"code": "too_many", "x": 1}}',
            "429 too_many",
        ),
        (b'HTTP/1.1 400 No\r\n\r\n{"error": {"code": 400, "type": "bad"}}', "400 bad"),
        (b"HTTP/1.1 502 No\r\n\r\n<html>", "502"),
        (CHUNKED + b"5\r\ndata:", "broken off"),
        (CHUNKED + chunks(delta(content="a"), []), "broken off"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + delta(content="a"), "broken off"),
        (b"", "broken off"),
        (b"SMTP\r\n\r\n", "not understood"),
        (CHUNKED + chunks(b"data: {\n\n", []), "not understood"),
        (
            CHUNKED + chunks(event({"error": {"code": 500, "type": "gone"}}), []),
            "in the stream: gone",
        ),
    ],
)
async def test_failure_has_a_kind(answer: bytes, error: str) -> None:
    assert (await outcome_for(answer)).error == error


async def test_failure_keeps_what_the_server_said() -> None:
    error = {"error": {"code": "too_many", "type": "bad", "message": "[later]"}}
    refusal = b"HTTP/1.1 429 No\r\n\r\n" + json.dumps(error).encode()
    assert (await outcome_for(refusal)).message == "[later]"
    assert (await outcome_for(CHUNKED + chunks(event(error), []))).message == "[later]"


async def test_a_closed_port_is_a_failure_too(closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}/v1"
    outcome = await outcome_of(HttpTransport(url, ASK).prepare(QUESTION)())
    assert outcome.error is not None
    assert outcome.error.startswith("connection: ")


async def test_silence_is_given_up_after_the_timeout() -> None:
    ask = Ask(max_tokens=9, temperature=0.5, ignore_eos=True, timeout_s=0.05)
    gone = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await reader.read()
            gone.set()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        outcome = await outcome_of(HttpTransport(url, ask).prepare(QUESTION)())
        assert outcome.error == "timeout"
        await asyncio.wait_for(gone.wait(), 20)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "nonsense", "ftp://a/v1", "http://", "http://a:99999", "http://[a"]
)
def test_only_http_addresses_are_taken(url: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is not an HTTP address"):
        HttpTransport(url, ASK)
