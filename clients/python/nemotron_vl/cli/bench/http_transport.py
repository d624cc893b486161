"""OpenAI chat completions as a stream of server-sent events, over plain asyncio sockets.

One connection a request: nothing is shared between requests that a load would then measure.
"""

import asyncio
import base64
import json
import ssl
from asyncio import IncompleteReadError, StreamReader
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Any
from urllib.parse import SplitResult, urlsplit

from nemotron_vl.cli.bench.transport import Ask, Exchange, Piece, RequestFailed
from nemotron_vl.cli.bench.workload import Question

_MAX_LINE_BYTES = 2**20
_MAX_ERROR_BYTES = 2**16
_DATA = b"data:"
_END = b"[DONE]"
_CHUNKED = b"transfer-encoding:chunked"


class HttpTransport:
    """Sends to one server; `url` is its base as the OpenAI clients have it, up to /v1."""

    def __init__(self, url: str, ask: Ask, *, api_key: str | None = None) -> None:
        parts = split_url(url)
        self._host = parts.hostname or ""
        self._ssl = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._ssl else 80)
        self._ask = ask
        key = f"Authorization: Bearer {api_key}\r\n" if api_key else ""
        self._head = (
            f"POST {parts.path.rstrip('/')}/chat/completions HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Content-Type: application/json\r\nConnection: close\r\n{key}"
        )

    def prepare(self, question: Question) -> Exchange:
        """Encodes the whole request."""
        body = json.dumps(_body(question, self._ask)).encode()
        request = f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        return partial(self._send, request)

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _send(self, request: bytes) -> AsyncGenerator[Piece]:
        try:
            async with asyncio.timeout(self._ask.timeout_s):
                async with aclosing(self._exchange(request)) as pieces:
                    async for piece in pieces:
                        yield piece
        except TimeoutError as error:
            raise RequestFailed("timeout") from error
        except IncompleteReadError as error:
            raise RequestFailed("broken off") from error
        except OSError as error:
            raise RequestFailed(f"connection: {error.strerror or error}") from error
        except (ValueError, LookupError, TypeError) as error:
            raise RequestFailed("not understood") from error

    async def _exchange(self, request: bytes) -> AsyncGenerator[Piece]:
        reader, writer = await asyncio.open_connection(
            self._host, self._port, ssl=self._ssl, limit=_MAX_LINE_BYTES
        )
        try:
            writer.write(request)
            await writer.drain()
            status, is_chunked = await _head(reader)
            if status != 200:
                raise await _refusal(reader, status)
            lines = _lines(reader, is_chunked=is_chunked)
            async for line in lines:
                if line.startswith(_DATA):
                    data = line.removeprefix(_DATA).strip()
                    if data == _END:
                        return
                    yield _piece(json.loads(data))
            raise RequestFailed("broken off")
        finally:
            writer.close()


def split_url(url: str) -> SplitResult:
    """The parts of a URL that HTTP can go to; ValueError of any other."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass  # brackets or a port that cannot be
    raise ValueError(f"{url!r} is no HTTP address")


def _body(question: Question, ask: Ask) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": question.text}]
    if question.kind != "text":
        data = base64.b64encode(question.media).decode()
        url = f"data:{question.media_type};base64,{data}"
        name = f"{question.kind}_url"
        content.append({"type": name, name: {"url": url}})
    messages = [
        {"role": "system", "content": question.system},
        {"role": "user", "content": content},
    ]
    return {
        "messages": messages if question.system else messages[1:],
        "max_tokens": ask.max_tokens,
        "temperature": ask.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
        **({"model": ask.model} if ask.model else {}),
        **({"ignore_eos": True} if ask.ignore_eos else {}),
    }


async def _head(reader: StreamReader) -> tuple[int, bool]:
    """The status, and whether the body is chunked."""
    lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    is_chunked = any(line.lower().replace(b" ", b"") == _CHUNKED for line in lines)
    return int(lines[0].split()[1]), is_chunked


async def _refusal(reader: StreamReader, status: int) -> RequestFailed:
    """The status, with the word that an error's body has for it: its code, or its type."""
    text = (await reader.read(_MAX_ERROR_BYTES)).decode(errors="replace")
    start, end = text.find("{"), text.rfind("}")
    try:
        error = json.loads(text[start : end + 1])["error"]
        code = error.get("code")
        word = code if isinstance(code, str) else error.get("type")
        return RequestFailed(f"{status} {word or ''}".strip(), str(error.get("message") or ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return RequestFailed(str(status))


async def _lines(reader: StreamReader, *, is_chunked: bool) -> AsyncIterator[bytes]:
    """Lines of the body, wherever its chunks part."""
    if not is_chunked:
        while line := await reader.readline():
            yield line
        return
    rest = b""
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        *lines, rest = (rest + (await reader.readexactly(size + 2))[:-2]).split(b"\n")
        for line in lines:
            yield line


def _piece(chunk: dict[str, Any]) -> Piece:
    if "error" in chunk:
        error = chunk["error"]
        raise RequestFailed(f"in the stream: {error.get('type')}", str(error.get("message") or ""))
    if usage := chunk.get("usage"):
        return Piece(
            prompt_tokens=usage["prompt_tokens"], completion_tokens=usage["completion_tokens"]
        )
    deltas = [choice.get("delta", {}) for choice in chunk.get("choices", ())]
    return Piece(has_content=any(_has_content(delta) for delta in deltas))


def _has_content(delta: dict[str, Any]) -> bool:
    names = ("content", "reasoning_content", "reasoning", "tool_calls")
    return any(delta.get(name) for name in names)
