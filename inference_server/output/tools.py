"""Finds tool calls in the answer as it comes: the name of each first, then its arguments.

A block is <TOOLCALL>[{"name": ..., "arguments": ...}, ...]</TOOLCALL>. The end of a call is
found by its brackets, since its strings may contain the closing tag.
"""

import re
import secrets

from nemotron_vl.v1 import inference_pb2

from inference_server.lenient_json.events import Event
from inference_server.lenient_json.reader import JsonReader
from inference_server.output.call import Call
from inference_server.output.text_search import TextSearch

OPEN = "<TOOLCALL>"
CLOSE = "</TOOLCALL>"

_FENCE = re.compile(r"```\w*")
_WORD = re.compile(r"\w")

Deltas = list[inference_pb2.ToolCallDelta]


class ToolCallParser:
    """Splits an answer into text and tool calls.

    Of a block, what is no call and no punctuation between calls is text too. With max_calls,
    nothing is read after so many calls.
    """

    def __init__(self, *, max_calls: int | None = None) -> None:
        self.num_calls = 0
        self._max_calls = max_calls
        self._num_complete = 0
        self._open = TextSearch([OPEN])
        self._block: _Block | None = None

    @property
    def is_full(self) -> bool:
        """Whether max_calls calls are complete."""
        return self._num_complete == self._max_calls

    def push(self, text: str) -> tuple[str, Deltas]:
        """More of the answer's text, and more of its calls."""
        texts: list[str] = []
        deltas: Deltas = []
        while text and not self.is_full:
            if self._block is None:
                before, match = self._open.push(text)
                texts.append(before)
                text = match.rest if match else ""
                if match:
                    self._block = _Block()
            else:
                text = self._push_block(self._block, text, deltas)
                if self._block.is_ended:
                    texts.append(self._block.text())
                    self._block = None
        return "".join(texts), _merged(deltas)

    def flush(self, *, is_cut: bool = False) -> tuple[str, Deltas]:
        """What was held back. A cut answer ends without the beginning of a tag, and an unfinished
        call stays as it is; at the answer's own end, it is completed."""
        if self._block is None:
            held = self._open.flush()
            return "" if is_cut else held, []
        block, self._block = self._block, None
        deltas: Deltas = []
        if not self.is_full:
            self._count(block, block.finish(is_cut=is_cut), deltas)
        return block.text(), _merged(deltas)

    def _push_block(self, block: "_Block", text: str, deltas: Deltas) -> str:
        arguments, rest = block.push(text)
        self._count(block, arguments, deltas)
        return rest

    def _count(self, block: "_Block", arguments: str | None, deltas: Deltas) -> None:
        """Adds the delta of the block's latest call, if its name is known."""
        call = block.call
        if call is None or call.name is None:
            return
        if not block.is_announced:
            block.is_announced = True
            delta = inference_pb2.ToolCallDelta(index=self.num_calls, id=_new_id(), name=call.name)
            delta.arguments = arguments or ""
            deltas.append(delta)
            self.num_calls += 1
        elif arguments:
            deltas.append(
                inference_pb2.ToolCallDelta(index=self.num_calls - 1, arguments=arguments)
            )
        if block.is_complete:
            self._num_complete += 1


class _Block:
    """One block of calls, of which `call` is the latest."""

    def __init__(self) -> None:
        self.is_ended = False
        self.call: Call | None = None
        self.is_announced = False
        self.is_complete = False
        self._search = TextSearch([CLOSE, "{"])
        self._reader: JsonReader | None = None
        self._has_calls = False
        self._raw: list[str] = []
        self._arguments: list[str] = []
        # The text before each call and, last, after all of them; each in pieces.
        self._texts: list[list[str]] = [[]]

    def push(self, text: str) -> tuple[str | None, str]:
        """More of the arguments of the latest call, and the text that is not yet read."""
        if self._reader is not None:
            return self._read(self._reader, text)
        self.call = None
        before, match = self._search.push(text)
        self._texts[-1].append(before)
        if match is None:
            return None, ""
        if match.string == CLOSE:
            self.is_ended = True
            return None, match.rest
        self._begin_call()
        return None, match.string + match.rest

    def finish(self, *, is_cut: bool) -> str | None:
        """The end of the latest call's arguments; None if there is none."""
        if self._reader is None:
            self.call = None
            return None
        events = self._reader.finish(is_cut=is_cut)
        # An unfinished object without a name is neither a call nor text.
        self._raw.clear()
        return self._take(events, is_complete=self._reader.is_done)

    def text(self) -> str:
        """What is in the block beside calls, without code fences and punctuation around it."""
        punctuation = " \t\r\n" + ("[]," if self._has_calls else "")
        texts = (_FENCE.sub("", "".join(pieces)).strip(punctuation) for pieces in self._texts)
        return " ".join(text for text in texts if _WORD.search(text))

    def _begin_call(self) -> None:
        self._reader, self.call = JsonReader(), Call()
        self.is_announced = self.is_complete = False

    def _read(self, reader: JsonReader, text: str) -> tuple[str, str]:
        events, rest = reader.push(text)
        self._raw.append(text[: len(text) - len(rest)])
        return self._take(events, is_complete=reader.is_done), rest

    def _take(self, events: list[Event], *, is_complete: bool) -> str:
        """The arguments' text of these events, once the name is known."""
        assert self.call is not None
        self._arguments += map(self.call.read, events)
        if is_complete:
            self._end_call(self.call)
        if self.call.name is None:
            return ""
        text, self._arguments = "".join(self._arguments), []
        return text

    def _end_call(self, call: Call) -> None:
        self.is_complete, self._reader = True, None
        self._arguments.append(call.finish())
        if call.name is None:
            self._texts.append(self._raw.copy())
            self._arguments.clear()
        self._has_calls = self._has_calls or call.name is not None
        self._texts.append([])
        self._raw.clear()


def _merged(deltas: Deltas) -> Deltas:
    """The same pieces with one delta for each call."""
    merged: Deltas = []
    for delta in deltas:
        if merged and merged[-1].index == delta.index:
            merged[-1].arguments += delta.arguments
        else:
            merged.append(delta)
    return merged


def _new_id() -> str:
    return f"call_{secrets.token_hex(12)}"
