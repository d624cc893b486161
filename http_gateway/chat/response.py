"""Completion and stream events to the bodies and chunks of the OpenAI API. Pure."""

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import Any

import orjson
from nemotron_vl.v1 import inference_pb2

_REASON_BY_FINISH = {
    inference_pb2.FINISH_REASON_STOP: "stop",
    inference_pb2.FINISH_REASON_LENGTH: "length",
    inference_pb2.FINISH_REASON_TOOL_CALLS: "tool_calls",
}

# JSON has no -Infinity; other servers write this instead.
_MIN_LOGPROB = -9999.0

# A token with its alternatives takes a microsecond for each and a kilobyte, so an answer with many
# is made in parts, and others get their turn between them.
_TOKENS_PER_PART = 32

_Entries = Sequence[inference_pb2.TokenLogprob]


class UsageMode(Enum):
    """Which chunks of a stream say how many tokens there are, of all choices together."""

    NEVER = auto()
    # One more chunk, after the last.
    AT_END = auto()
    # Every chunk too, those so far.
    ALWAYS = auto()


def completion_parts(
    completion: inference_pb2.Completion, *, include_reasoning: bool = True
) -> Iterator[bytes]:
    """The JSON of an answer that is not streamed, in parts, each made when it is asked for."""
    head = {
        "id": _id(completion.id),
        "object": "chat.completion",
        "created": completion.create_time.seconds,
        "model": completion.model,
    }
    yield orjson.dumps(head)[:-1] + b',"choices":['
    for number, choice in enumerate(completion.choices):
        yield b"," if number else b""
        yield from _choice(choice, include_reasoning)
    yield b"]," + orjson.dumps({"usage": _usage(completion.usage)})[1:]


class ChunkWriter:
    """Turns the events of one stream into chunks, which are JSON objects."""

    def __init__(
        self, *, usage: UsageMode = UsageMode.NEVER, include_reasoning: bool = True
    ) -> None:
        self._usage = usage
        self._so_far = inference_pb2.Usage()
        self._include_reasoning = include_reasoning
        self._head: dict[str, Any] = {}
        self._opened: set[int] = set()
        self.is_ended = False

    def chunks(self, event: inference_pb2.StreamGenerateResponse) -> Iterator[dict[str, Any]]:
        """The chunks for this event; none for an event of an unknown kind."""
        match event.WhichOneof("event"):
            case "started":
                self._start(event.started)
            case "delta":
                yield from self._delta(event.delta)
            case "finish":
                yield from self._finish(event.finish)
            case "ended":
                self.is_ended = True
                if self._usage is not UsageMode.NEVER:
                    yield self._head | {"choices": [], "usage": _usage(event.ended.usage)}
            case _:
                pass

    def _start(self, started: inference_pb2.Started) -> None:
        self._so_far.prompt_tokens = started.prompt_tokens
        self._head = {
            "id": _id(started.id),
            "object": "chat.completion.chunk",
            "created": started.create_time.seconds,
            "model": started.model,
        }

    def _delta(self, delta: inference_pb2.Delta) -> Iterator[dict[str, Any]]:
        yield from self._open(delta.choice_index)
        self._so_far.completion_tokens += delta.num_tokens
        content: dict[str, Any] = {}
        if delta.reasoning and self._include_reasoning:
            content |= _reasoning(delta.reasoning)
        if delta.text:
            content["content"] = delta.text
        if delta.tool_calls:
            content["tool_calls"] = [_tool_call_delta(piece) for piece in delta.tool_calls]
        if content or delta.logprobs:
            chunk = self._chunk(delta.choice_index, content)
            chunk["choices"][0]["logprobs"] = _logprobs(delta.logprobs[:_TOKENS_PER_PART])
            yield chunk
        for entries in _slices(delta.logprobs, _TOKENS_PER_PART):
            chunk = self._chunk(delta.choice_index, {})
            chunk["choices"][0]["logprobs"] = _logprobs(entries)
            yield chunk

    def _finish(self, finish: inference_pb2.Finish) -> Iterator[dict[str, Any]]:
        yield from self._open(finish.choice_index)
        chunk = self._chunk(finish.choice_index, {})
        chunk["choices"][0] |= _finish(finish)
        yield chunk

    def _open(self, index: int) -> Iterator[dict[str, Any]]:
        if index not in self._opened:
            self._opened.add(index)
            yield self._chunk(index, {"role": "assistant", "content": ""})

    def _chunk(self, index: int, delta: dict[str, Any]) -> dict[str, Any]:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": None}
        chunk: dict[str, Any] = self._head | {"choices": [choice]}
        match self._usage:
            case UsageMode.ALWAYS:
                chunk["usage"] = _usage(self._so_far)
            case UsageMode.AT_END:
                chunk["usage"] = None
            case UsageMode.NEVER:
                pass
        return chunk


def _id(server_id: str) -> str:
    return server_id if server_id.startswith("chatcmpl-") else f"chatcmpl-{server_id}"


def _choice(choice: inference_pb2.Choice, include_reasoning: bool) -> Iterator[bytes]:
    head = {"index": choice.index, "message": _message(choice, include_reasoning)}
    yield orjson.dumps(head)[:-1] + b',"logprobs":'
    if choice.logprobs:
        yield b'{"content":['
        for number, entries in enumerate(_slices(choice.logprobs)):
            yield b"," if number else b""
            yield orjson.dumps(_tokens(entries))[1:-1]
        yield b'],"refusal":null}'
    else:
        yield b"null"
    yield b"," + orjson.dumps(_finish(choice.finish))[1:]


def _message(choice: inference_pb2.Choice, include_reasoning: bool) -> dict[str, Any]:
    # Callers read the text unchecked, so it is null only where there are tool calls instead.
    content = choice.text if choice.text or not choice.tool_calls else None
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
    message |= _reasoning((choice.reasoning if include_reasoning else "") or None)
    if choice.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in choice.tool_calls
        ]
    return message


def _reasoning(text: str | None) -> dict[str, Any]:
    # Clients differ in which of the two names they read.
    return {"reasoning_content": text, "reasoning": text}


def _finish(finish: inference_pb2.Finish) -> dict[str, Any]:
    match finish.WhichOneof("matched"):
        case "stop":
            matched: str | int | None = finish.stop
        case "stop_token_id":
            matched = finish.stop_token_id
        case _:
            matched = None
    reason = _REASON_BY_FINISH.get(finish.reason, "stop")
    return {"finish_reason": reason, "stop_reason": matched}


def _tool_call_delta(piece: inference_pb2.ToolCallDelta) -> dict[str, Any]:
    function: dict[str, Any] = {}
    if piece.HasField("name"):
        function["name"] = piece.name
    if piece.HasField("arguments") or piece.HasField("name"):
        function["arguments"] = piece.arguments
    delta: dict[str, Any] = {"index": piece.index}
    if piece.HasField("id"):
        delta |= {"id": piece.id, "type": "function"}
    return delta | {"function": function}


def _logprobs(entries: _Entries) -> dict[str, Any] | None:
    return {"content": _tokens(entries), "refusal": None} if entries else None


def _slices(entries: _Entries, start: int = 0) -> Iterator[_Entries]:
    for first in range(start, len(entries), _TOKENS_PER_PART):
        yield entries[first : first + _TOKENS_PER_PART]


def _tokens(entries: _Entries) -> list[dict[str, Any]]:
    return [
        _token(entry) | {"top_logprobs": [_token(top) for top in entry.top_logprobs]}
        for entry in entries
    ]


def _token(entry: inference_pb2.TokenLogprob) -> dict[str, Any]:
    return {
        "token": entry.token.decode(errors="replace"),
        "logprob": max(entry.logprob, _MIN_LOGPROB),
        "bytes": list(entry.token),
    }


def _usage(usage: inference_pb2.Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached_tokens,
            "image_tokens": usage.image_tokens,
            "video_tokens": usage.video_tokens,
        },
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }
