"""One block of tool calls: the calls, one after the other, and the text that is none."""

import re

from inference_server.lenient_json.events import Event
from inference_server.lenient_json.reader import JsonReader
from inference_server.output.call import Call
from inference_server.output.text_search import TextSearch

OPEN = "<TOOLCALL>"
CLOSE = "</TOOLCALL>"

_FENCE = re.compile(r"```\w*")
_WORD = re.compile(r"\w")


class Block:
    """`call` is the latest call, of which is_complete tells whether it has ended; is_announced is
    the caller's note that its name is told."""

    def __init__(self) -> None:
        self.is_ended = False
        self.call: Call | None = None
        self.is_announced = False
        self.is_complete = False
        self._search = TextSearch([CLOSE, OPEN, "{"])
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
        if match.string == OPEN:
            return None, match.rest
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
            self._texts.append(self._raw)
            self._arguments.clear()
        else:
            self._has_calls = True
        self._texts.append([])
        self._raw = []
