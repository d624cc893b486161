"""Writes JSON as the model does: a blank after each comma and colon, no character escaped."""

import json

from inference_server.lenient_json.events import CLOSINGS, OPENINGS, Event, Kind

_SIGNS = {
    Kind.OPEN_OBJECT: "{",
    Kind.CLOSE_OBJECT: "}",
    Kind.OPEN_ARRAY: "[",
    Kind.CLOSE_ARRAY: "]",
    Kind.OPEN_TEXT: '"',
    Kind.CLOSE_TEXT: '"',
}


class JsonWriter:
    """Turns the events of a value into its text, piece by piece."""

    def __init__(self) -> None:
        # Whether the next entry of each open bracket needs no comma before it.
        self._is_first = [True]

    def write(self, event: Event) -> str:
        """The text of one event, with the comma before it."""
        kind = event.kind
        if kind is Kind.TEXT:
            return _quoted(event.text)[1:-1]
        if kind in CLOSINGS:
            if kind is not Kind.CLOSE_TEXT:
                self._is_first.pop()
            return _SIGNS[kind]
        comma = "" if self._is_first[-1] else ", "
        self._is_first[-1] = kind is Kind.KEY
        if kind is Kind.KEY:
            return f"{comma}{_quoted(event.text)}: "
        if kind not in OPENINGS:
            return comma + event.text
        if kind is not Kind.OPEN_TEXT:
            self._is_first.append(True)
        return comma + _SIGNS[kind]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
