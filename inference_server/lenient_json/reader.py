"""Reads JSON as it comes, and takes what a model writes wrongly where its meaning is plain.

Commas, colons, quotes and brackets may be missing or too many. A quote inside a string ends it only
if what follows could follow a string.
"""

from collections.abc import Callable

from inference_server.lenient_json.events import Event, Kind
from inference_server.lenient_json.scalar import scalar
from inference_server.lenient_json.text import TextReader

_BLANKS = frozenset(" \t\r\n")
_QUOTES = frozenset("\"'")
# What ends a word without quotes, as a value and as a key.
_ENDS_OF_VALUE = frozenset(',}]<"{[\n')
_ENDS_OF_KEY = frozenset(' \t\r\n:,}]<"{[')
# What may follow a string that is a value, and one that is a key.
_AFTER_TEXT = frozenset(",}]<\"'")
_AFTER_KEY = frozenset(":,}]<\"'{[")

_CLOSING = {"{": Event(Kind.CLOSE_OBJECT), "[": Event(Kind.CLOSE_ARRAY)}
_NULL = Event(Kind.SCALAR, "null")


class JsonReader:
    """Reads one object or array. What comes before its first bracket is not for this reader."""

    def __init__(self) -> None:
        self.is_done = False
        self._events: list[Event] = []
        self._open: list[str] = []
        self._state: Callable[[str], bool] = self._value
        self._text = TextReader()
        self._quote = ""
        self._is_key = False
        self._pieces: list[str] = []
        self._blanks = ""

    def push(self, text: str) -> tuple[list[Event], str]:
        """The events of this text, and the rest of it after the value's end."""
        position = 0
        while position < len(text) and not self.is_done:
            # A state that takes a character for another's returns False and names the other.
            position += self._state(text[position])
        if self._state == self._in_text and not self._is_key:
            self._give_text()
        return self._take(), text[position:]

    def finish(self, *, is_cut: bool) -> list[Event]:
        """The events that the end of all text brings. Of a cut text, nothing is completed."""
        if self._state == self._after_quote:
            self._end_text()
        if not is_cut and not self.is_done:
            self._end_all()
        return self._take()

    def _take(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _give(self, kind: Kind, text: str = "") -> None:
        self._events.append(Event(kind, text))

    def _value(self, character: str) -> bool:
        if character in "{[":
            self._open.append(character)
            self._give(Kind.OPEN_OBJECT if character == "{" else Kind.OPEN_ARRAY)
            self._state = self._next()
        elif character in _QUOTES:
            self._begin_text(character, is_key=False)
        elif character in ",}]" and self._open[-1] == "{":
            return self._without_value()
        elif character in "}]":
            return self._close(character)
        elif character == "<":
            return self._refuse()
        elif character not in _BLANKS and character not in ",:":
            self._state, self._is_key = self._word, False
            return False
        return True

    def _key(self, character: str) -> bool:
        if character in _QUOTES:
            self._begin_text(character, is_key=True)
        elif character in "}]":
            return self._close(character)
        elif character in "{[<":
            return self._refuse()
        elif character not in _BLANKS and character not in ",:":
            self._state, self._is_key = self._word, True
            return False
        return True

    def _colon(self, character: str) -> bool:
        if character in _BLANKS:
            return True
        if character in ",}]<":
            return self._without_value()
        self._state = self._value
        return character == ":"

    def _after(self, character: str) -> bool:
        if character in _BLANKS:
            return True
        self._state = self._next()
        return character == ","

    def _word(self, character: str) -> bool:
        if character not in (_ENDS_OF_KEY if self._is_key else _ENDS_OF_VALUE):
            self._pieces.append(character)
            return True
        self._end_word()
        return False

    def _in_text(self, character: str) -> bool:
        if character == self._quote and not self._text.is_escaping:
            self._state = self._after_quote
        else:
            self._pieces.append(self._text.push(character))
        return True

    def _after_quote(self, character: str) -> bool:
        if character in _BLANKS:
            self._blanks += character
            return True
        if character in (_AFTER_KEY if self._is_key else _AFTER_TEXT):
            self._end_text()
        else:
            self._pieces += (self._text.flush(), self._quote, self._blanks)
            self._state, self._blanks = self._in_text, ""
        return False

    def _next(self) -> Callable[[str], bool]:
        """The state in which the innermost open bracket expects its next entry."""
        return self._key if self._open[-1] == "{" else self._value

    def _begin_text(self, quote: str, *, is_key: bool) -> None:
        self._quote, self._is_key = quote, is_key
        self._state = self._in_text
        if not is_key:
            self._give(Kind.OPEN_TEXT)

    def _give_text(self) -> None:
        text, self._pieces = "".join(self._pieces), []
        if text:
            self._give(Kind.TEXT, text)

    def _end_text(self) -> None:
        self._pieces.append(self._text.flush())
        self._blanks = ""
        if self._is_key:
            self._give_key()
            return
        self._give_text()
        self._give(Kind.CLOSE_TEXT)
        self._state = self._after

    def _give_key(self) -> None:
        self._give(Kind.KEY, "".join(self._pieces))
        self._pieces = []
        self._state = self._colon

    def _end_word(self) -> None:
        if self._is_key:
            self._give_key()
            return
        word, self._pieces = "".join(self._pieces).strip(), []
        value = scalar(word)
        if value is not None:
            self._give(Kind.SCALAR, value)
        else:
            self._events += (Event(Kind.OPEN_TEXT), Event(Kind.TEXT, word), Event(Kind.CLOSE_TEXT))
        self._state = self._after

    def _without_value(self) -> bool:
        self._events.append(_NULL)
        self._state = self._after
        return False

    def _close(self, bracket: str) -> bool:
        """Closes what is open up to the bracket's partner. Without one, the bracket closes
        something around the value, which it ends."""
        opening = "{" if bracket == "}" else "["
        closed = ""
        while self._open and closed != opening:
            closed = self._open.pop()
            self._events.append(_CLOSING[closed])
        self.is_done = not self._open
        self._state = self._after
        return closed == opening

    def _refuse(self) -> bool:
        """Ends the value before a character that cannot belong to it."""
        self._end_all()
        return False

    def _end_all(self) -> None:
        if self._state in (self._in_text, self._after_quote):
            self._end_text()
        if self._state == self._word:
            self._end_word()
        if self._state == self._colon or (
            self._state == self._value and self._open and self._open[-1] == "{"
        ):
            self._events.append(_NULL)
        self._events += [_CLOSING[bracket] for bracket in reversed(self._open)]
        self._open.clear()
        self.is_done = True
