"""Searches a text that comes in pieces for strings. Holds back only what may become a match."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A string that was found, and the text after it in the same piece."""

    string: str
    rest: str


class TextSearch:
    """Finds the first of several non-empty strings, however the text is cut into pieces.

    The string that ends first wins, and of several that end together the longest: a rule that needs
    no look-ahead. After a match the search starts anew.
    """

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings = sorted(strings, key=len, reverse=True)
        self._fallbacks = [_fallbacks(string) for string in self._strings]
        self._lengths = [0] * len(self._strings)
        self._held = ""

    @property
    def num_held(self) -> int:
        """Characters held back."""
        return len(self._held)

    def push(self, text: str) -> tuple[str, Match | None]:
        """The text that cannot become a match, and the match that follows it, if any."""
        if not self._strings:
            return text, None
        known = self._held + text
        for end, character in enumerate(text, len(self._held) + 1):
            string = self._advance(character)
            if string is not None:
                self._restart()
                return known[: end - len(string)], Match(string=string, rest=known[end:])
        free = len(known) - max(self._lengths)
        self._held = known[free:]
        return known[:free], None

    def flush(self) -> str:
        """The text held back, once no more text comes."""
        held = self._held
        self._restart()
        return held

    def _advance(self, character: str) -> str | None:
        """Advances each string's Knuth-Morris-Pratt automaton by one character."""
        for index, string in enumerate(self._strings):
            length = self._lengths[index]
            while length and string[length] != character:
                length = self._fallbacks[index][length]
            length += string[length] == character
            if length == len(string):
                return string
            self._lengths[index] = length
        return None

    def _restart(self) -> None:
        self._lengths = [0] * len(self._strings)
        self._held = ""


def _fallbacks(string: str) -> list[int]:
    """Entry n is the length of the longest proper prefix of string[:n] that also ends it."""
    fallbacks = [0, 0]
    for character in string[1:]:
        length = fallbacks[-1]
        while length and string[length] != character:
            length = fallbacks[length]
        fallbacks.append(length + (string[length] == character))
    return fallbacks
