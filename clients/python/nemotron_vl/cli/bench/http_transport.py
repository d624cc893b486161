"""OpenAI chat completions as a stream of server-sent events. Needs aiohttp, from extra `bench`."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial
from io import BytesIO
from typing import Any

import aiohttp

from nemotron_vl.cli.bench.argument_types import http_url
from nemotron_vl.cli.bench.transport import Ask, Exchange, Piece, RequestFailed
from nemotron_vl.cli.bench.workload import Question

_MAX_LINE_BYTES = 2**20
_MAX_ERROR_BYTES = 2**16
_DATA = b"data:"
_END = b"[DONE]"


class HttpTransport:
    """Sends to one server; `url` is its base as the OpenAI clients have it, up to /v1."""

    def __init__(self, url: str, ask: Ask, *, api_key: str | None = None) -> None:
        self._url = f"{http_url(url).rstrip('/')}/chat/completions"
        self._ask = ask
        self._headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"

    def prepare(self, question: Question) -> Exchange:
        """Encodes the whole body."""
        return partial(self._send, json.dumps(_body(question, self._ask)).encode())

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _send(self, body: bytes) -> AsyncGenerator[Piece]:
        try:
            async with asyncio.timeout(self._ask.timeout_s):
                async with aclosing(self._exchange(body)) as pieces:
                    async for piece in pieces:
                        yield piece
        except TimeoutError as error:
            raise RequestFailed("timeout") from error
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError) as error:
            raise RequestFailed("broken off") from error
        except OSError as error:
            raise RequestFailed(f"connection: {error.strerror or error}") from error
        except (aiohttp.ClientError, ValueError, LookupError, TypeError) as error:
            raise RequestFailed("not understood") from error

    async def _exchange(self, body: bytes) -> AsyncGenerator[Piece]:
        async with (
            # One session for each request: with a shared one, a load would measure the sharing.
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(total=None),
                read_bufsize=_MAX_LINE_BYTES,
            ) as session,
            session.post(self._url, data=BytesIO(body), headers=self._headers) as response,
        ):
            if response.status != 200:
                raise await _refusal(response)
            async for line in response.content:
                if line.startswith(_DATA):
                    data = line.removeprefix(_DATA).strip()
                    if data == _END:
                        return
                    yield _piece(json.loads(data))
            raise RequestFailed("broken off")


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
        "stream": True,
        "stream_options": {"include_usage": True},
        **({} if ask.temperature is None else {"temperature": ask.temperature}),
        **({"model": ask.model} if ask.model else {}),
        **({"ignore_eos": True} if ask.ignore_eos else {}),
    }


async def _refusal(response: aiohttp.ClientResponse) -> RequestFailed:
    """The status, with the word that an error's body has for it: its code, or its type."""
    status = response.status
    data = bytearray()
    with suppress(aiohttp.ClientPayloadError):
        while len(data) < _MAX_ERROR_BYTES and (piece := await response.content.readany()):
            data += piece
    text = data.decode(errors="replace")
    start, end = text.find("{"), text.rfind("}")
    try:
        error = json.loads(text[start : end + 1])["error"]
        code = error.get("code")
        word = code if isinstance(code, str) else error.get("type")
        return RequestFailed(f"{status} {word or ''}".strip(), str(error.get("message") or ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return RequestFailed(str(status))


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
