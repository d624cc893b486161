"""Reads one tool call from the events of its JSON object, in the forms in which models write it.

{"name": ..., "arguments": ...}, in any order; "parameters", "args" or "input" for "arguments"; both
inside {"type": "function", "function": {...}}; arguments as an object or a string that holds one.
"""

from inference_server.lenient_json.events import CLOSINGS, OPENINGS, Event, Kind
from inference_server.output.arguments import Arguments

_ARGUMENTS = ("arguments", "parameters", "args", "input")


class Call:
    """A tool call in the making. `name` is set once it is complete."""

    def __init__(self) -> None:
        self.name: str | None = None
        self._arguments = Arguments()
        self._depth = 0
        # The depth of the object that holds the name: one more inside a wrapper.
        self._level = 1
        self._key = ""
        self._name: list[str] = []

    def read(self, event: Event) -> str:
        """More of the arguments' JSON text."""
        if event.kind in CLOSINGS:
            self._depth -= 1
        is_own = self._depth == self._level
        text = self._read_value(event, is_own=is_own)
        if event.kind in OPENINGS:
            self._depth += 1
        return text

    def finish(self) -> str:
        """What the arguments lack once the call is complete: "{}" if there were none."""
        return self._arguments.finish()

    def _read_value(self, event: Event, *, is_own: bool) -> str:
        if event.kind is Kind.KEY and is_own:
            self._key = event.text
        elif self._depth < self._level:
            self._level = max(self._depth, 1)
            self._key = ""
        elif self._key in _ARGUMENTS:
            return self._arguments.read(event)
        elif self._key in ("name", "function"):
            self._read_name(event, is_own=is_own)
        return ""

    def _read_name(self, event: Event, *, is_own: bool) -> None:
        if self._key == "function" and event.kind is Kind.OPEN_OBJECT and is_own:
            self._level += 1
            self._key = ""
        elif event.kind is Kind.TEXT and self._depth == self._level + 1:
            self._name.append(event.text)
        elif event.kind is Kind.CLOSE_TEXT and is_own:
            self.name = self.name or "".join(self._name).strip() or None
            self._name.clear()
