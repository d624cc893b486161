"""Cuts a long text into slices whose encodings, one after the other, are that of the whole text.

A tokenizer first cuts text into words by a regular expression. A slice may end only between two
characters that no word can contain side by side, and whose sides no word looks across. Which these
are follows from the expression, so that only expressions of known make are sliced.
"""

import re
from collections.abc import Iterator
from typing import Any

from tokenizers import Regex
from tokenizers.pre_tokenizers import PreTokenizer, Split

# Characters of a slice. Its encoding takes some 20 ms at most.
_SLICE = 16_384
# Characters among which a cut is sought at a time.
_WINDOW = 512

_CASED_LETTERS = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
)
_SINGLE_NUMBERS, _NUMBERS_BY_THREE = r"\p{N}", r"\p{N}{1,3}"
_LINES = r"\s*[\r\n]+"

# What the known expressions are put together from, in this order.
_ALTERNATIVES: tuple[tuple[str, ...], ...] = (
    ("", "'s|'t|'re|'ve|'m|'ll|'d", "(?i:'s|'t|'re|'ve|'m|'ll|'d)"),
    (r" ?\p{L}+", r" ?[\p{L}\p{M}]+", r"[^\r\n\p{L}\p{N}]?\p{L}+", _CASED_LETTERS),
    (_SINGLE_NUMBERS, _NUMBERS_BY_THREE, r" ?\p{N}+"),
    (
        r" ?[^\s\p{L}\p{N}]+",
        r" ?[^\s\p{L}\p{M}\p{N}]+",
        r" ?[^\s\p{L}\p{N}]+[\r\n]*",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
    ),
    ("", _LINES),
    (r"\s+(?!\S)|\s+",),
)
_KNOWN = re.compile(
    "".join(f"({'|'.join(f'{re.escape(way)}[|]?' for way in ways)})" for ways in _ALTERNATIVES)
)

# Each matches the character before a cut and looks at the one after it.
_CUTS = (
    r"\S(?=[^\S\r\n])",
    r"[\p{L}\p{N}](?=[\r\n])",
    r"[^\s\p{N}](?=\p{N})",
    r"\p{N}(?=\P{N})",
    r"\p{L}(?=[^\s\p{L}\p{M}\p{N}])",
)
_CUT_IN_NUMBER = r"\p{N}(?=\p{N})"
_CUT_AFTER_LINE = r"[\r\n](?=[^\s/])"
_CUT_BEFORE_CAPITAL = r"\p{Ll}(?=[\p{Lu}\p{Lt}])"
# From where a number begins.
_CUT_BY_THREE = r"\A(?:\p{N}{3})+(?=\p{N})"


class Slicer:
    """Knows where the words of one tokenizer are sure to end."""

    def __init__(self, state: dict[str, Any]) -> None:
        """`state` is the content of a tokenizer.json."""
        self._cutter: PreTokenizer | None = None
        self._number_cutter: PreTokenizer | None = None
        found = _KNOWN.fullmatch(_words(state) or "")
        if found is None:
            return
        _, letters, numbers, _, lines, _ = (group.removesuffix("|") for group in found.groups())
        cuts = [*_CUTS]
        cuts += [_CUT_BEFORE_CAPITAL] if letters == _CASED_LETTERS else []
        cuts += [_CUT_IN_NUMBER] if numbers == _SINGLE_NUMBERS else []
        cuts += [_CUT_AFTER_LINE] if lines else []
        self._cutter = _split("|".join(cuts))
        self._number_cutter = _split(_CUT_BY_THREE) if numbers == _NUMBERS_BY_THREE else None

    def slices(self, text: str) -> Iterator[str]:
        """Slices of which only those with a very long word are long."""
        start = 0
        while self._cutter and len(text) - start > _SLICE:
            end = self._end(self._cutter, text, start)
            yield text[start:end]
            start = end
        if start < len(text):
            yield text[start:]

    def _end(self, cutter: PreTokenizer, text: str, start: int) -> int:
        """The last cut within a slice's length, otherwise the next one after it."""
        end = start + _SLICE
        for at in range(end - _WINDOW, start - _WINDOW, -_WINDOW):
            if cut := _last_cut(cutter, text, max(at, start), at + _WINDOW + 1):
                return cut
        # Without a cut so far, a slice that begins with a number is all of one number.
        if self._number_cutter and (cut := _last_cut(self._number_cutter, text, start, end)):
            return cut
        for at in range(end, len(text), _WINDOW):
            if cut := _last_cut(cutter, text, at, at + _WINDOW + 1):
                return cut
        return len(text)


def _words(state: dict[str, Any]) -> str | None:
    """The expression by which the tokenizer cuts text, if it does nothing else with it."""
    match state:
        case {
            "normalizer": None,
            "pre_tokenizer": {
                "type": "Sequence",
                "pretokenizers": [
                    {
                        "type": "Split",
                        "pattern": {"Regex": str(words)},
                        "behavior": "Isolated",
                        "invert": False,
                    },
                    {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
                ],
            },
        }:
            return words
        case _:
            return None


def _split(cut: str) -> PreTokenizer:
    return Split(Regex(cut), "merged_with_previous")


def _last_cut(cutter: PreTokenizer, text: str, start: int, end: int) -> int | None:
    """The last cut between the two positions. A match ends at a cut, so the rest has none."""
    _, (rest, _) = cutter.pre_tokenize_str(text[start:end])[-1]
    return start + rest if rest else None
