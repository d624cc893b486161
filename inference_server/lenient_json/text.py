"""Reads a JSON string as it comes, and takes what models write wrongly in one.

Line breaks and tabs may stand for themselves. A backslash before a character that needs none is a
backslash. Half a surrogate pair becomes a replacement character.
"""

_ESCAPED = {'"': '"', "'": "'", "\\": "\\", "/": "/"} | dict(
    zip("bfnrt", "\b\f\n\r\t", strict=True)
)
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_NUM_HEX_DIGITS = 4
_REPLACEMENT = "\ufffd"


class TextReader:
    """Decodes the characters between the quotes."""

    def __init__(self) -> None:
        self._escape = ""
        self._high = 0

    @property
    def is_escaping(self) -> bool:
        """Whether the next character belongs to an escape, so that a quote would not be one."""
        return bool(self._escape)

    def push(self, character: str) -> str:
        """The text that this character completes."""
        if self._escape.startswith("\\u"):
            return self._push_digit(character)
        if self._escape:
            return self._push_escaped(character)
        if character == "\\":
            self._escape = "\\"
            return ""
        return self.flush() + character

    def flush(self) -> str:
        """A replacement character for half a pair whose other half did not come."""
        high, self._high = self._high, 0
        return _REPLACEMENT if high else ""

    def _push_escaped(self, character: str) -> str:
        if character == "u":
            self._escape = "\\u"
            return ""
        self._escape = ""
        return self.flush() + _ESCAPED.get(character, f"\\{character}")

    def _push_digit(self, character: str) -> str:
        if character not in _HEX_DIGITS:
            text, self._escape = self.flush() + self._escape, ""
            return text + self.push(character)
        self._escape += character
        digits = self._escape[2:]
        if len(digits) < _NUM_HEX_DIGITS:
            return ""
        self._escape = ""
        return self._push_code(int(digits, 16))

    def _push_code(self, code: int) -> str:
        if 0xDC00 <= code < 0xE000 and self._high:
            high, self._high = self._high, 0
            return chr(0x10000 + (high - 0xD800 << 10) + code - 0xDC00)
        text = self.flush()
        if 0xD800 <= code < 0xDC00:
            self._high = code
            return text
        return text + (_REPLACEMENT if 0xDC00 <= code < 0xE000 else chr(code))
