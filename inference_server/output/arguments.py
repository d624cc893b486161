"""The arguments of a tool call as JSON text, piece by piece."""

import json

from inference_server.lenient_json.events import CLOSINGS, OPENINGS, Event, Kind
from inference_server.lenient_json.reader import JsonReader
from inference_server.lenient_json.writer import JsonWriter

_NONE = frozenset({"", "null", "None", "[]"})


class Arguments:
    """Takes the events of one value; of several values, the first that is not empty counts.

    null, an empty string and an empty list mean no arguments, which are written as "{}". A string
    that holds JSON is written as that JSON.
    """

    def __init__(self) -> None:
        self._has_text = False
        self._is_complete = False
        self._depth = 0
        self._writer = JsonWriter()
        self._held = ""
        # A string's pieces, until it is clear that it holds an object or array.
        self._string: list[str] | None = None
        self._inner: JsonReader | None = None

    def read(self, event: Event) -> str:
        """More of the text."""
        if self._is_complete:
            return ""
        if event.kind in CLOSINGS:
            self._depth -= 1
        text = self._text(event)
        if event.kind in OPENINGS:
            self._depth += 1
        self._has_text = self._has_text or bool(text)
        self._is_complete = self._depth == 0 and self._has_text
        return text

    def finish(self) -> str:
        """The text of arguments of which nothing came."""
        return "" if self._has_text else "{}"

    def _text(self, event: Event) -> str:
        is_outermost = self._depth == 0
        match event.kind:
            case Kind.SCALAR if is_outermost and event.text == "null":
                return ""
            case Kind.OPEN_TEXT if is_outermost:
                self._string, self._inner = [], None
                return ""
            case Kind.TEXT if self._string is not None:
                return self._read_string(self._string, event.text)
            case Kind.CLOSE_TEXT if self._string is not None:
                return self._end_string(self._string)
            case Kind.OPEN_ARRAY if is_outermost:
                self._held = self._writer.write(event)
                return ""
            case Kind.CLOSE_ARRAY if is_outermost and self._held:
                self._held, self._writer = "", JsonWriter()
                return ""
            case _:
                held, self._held = self._held, ""
                return held + self._writer.write(event)

    def _read_string(self, pieces: list[str], text: str) -> str:
        """A string that begins like an object is read as one, as it comes."""
        if self._inner is None:
            has_begun = bool(pieces) and not pieces[-1].isspace()
            pieces.append(text)
            if has_begun or not text.lstrip().startswith("{"):
                return ""
            self._inner = JsonReader()
        return self._write(self._inner.push(text)[0])

    def _end_string(self, pieces: list[str]) -> str:
        self._string = None
        if self._inner is not None:
            return self._write(self._inner.finish(is_cut=False))
        text = "".join(pieces).strip()
        if text.startswith("[") and text not in _NONE:
            return self._write(self._read_whole(text))
        return "" if text in _NONE else json.dumps("".join(pieces), ensure_ascii=False)

    def _read_whole(self, text: str) -> list[Event]:
        reader = JsonReader()
        return [*reader.push(text)[0], *reader.finish(is_cut=False)]

    def _write(self, events: list[Event]) -> str:
        return "".join(map(self._writer.write, events))
