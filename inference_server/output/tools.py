"""Finds tool calls in the answer as it comes.

A block is held back from its opening to its closing tag and comes out as calls, or as plain text if
it cannot be parsed. Text around the blocks is the answer.
"""

import json
import secrets
from collections.abc import Iterator

from nemotron_vl.v1 import inference_pb2

from inference_server.output.text_search import TextSearch

OPEN = "<TOOLCALL>"
CLOSE = "</TOOLCALL>"


class ToolCallParser:
    """Turns <TOOLCALL>[{"name": ..., "arguments": ...}, ...]</TOOLCALL> into tool calls."""

    def __init__(self) -> None:
        self.num_calls = 0
        self._open = TextSearch([OPEN])
        self._close = TextSearch([CLOSE])
        self._block: list[str] | None = None

    def push(self, text: str) -> tuple[str, list[inference_pb2.ToolCallDelta]]:
        """More of the answer's text, and the calls of the blocks that this text completed."""
        texts: list[str] = []
        calls: list[inference_pb2.ToolCallDelta] = []
        while True:
            if self._block is None:
                before, match = self._open.push(text)
                texts.append(before)
                if match is None:
                    return "".join(texts), calls
                self._block = []
            else:
                before, match = self._close.push(text)
                self._block.append(before)
                if match is None:
                    return "".join(texts), calls
                body, self._block = "".join(self._block), None
                read = self._read(body)
                calls += read
                if not read:
                    texts += (OPEN, body, CLOSE)
            text = match.rest

    def flush(self) -> str:
        """The text held back: part of a tag, or a block that was never closed."""
        if self._block is None:
            return self._open.flush()
        body, self._block = "".join(self._block), None
        return OPEN + body + self._close.flush()

    def _read(self, body: str) -> list[inference_pb2.ToolCallDelta]:
        # Bad JSON, too deep nesting, NaN or half a surrogate pair: the block is plain text.
        try:
            calls = [
                inference_pb2.ToolCallDelta(index=index, id=_new_id(), name=name, arguments=text)
                for index, (name, text) in enumerate(_calls(body), self.num_calls)
            ]
        except (ValueError, RecursionError):
            return []
        self.num_calls += len(calls)
        return calls


def _new_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def _calls(body: str) -> Iterator[tuple[str, str]]:
    """Name and arguments of each entry that has both. Raises if the body is not JSON."""
    for entry in json.loads(_bracketed(body.strip())):
        match entry:
            case {"name": str(name), "arguments": str(text)} if name:
                yield name, text
            case {"name": str(name), "arguments": arguments} if name:
                yield name, json.dumps(arguments, ensure_ascii=False, allow_nan=False)


def _bracketed(body: str) -> str:
    """The list, with the brackets that the model may have left out."""
    body = body if body.startswith("[") else f"[{body}"
    return body if body.endswith("]") else f"{body}]"
