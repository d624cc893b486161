"""Reads a word that stands where a value should: a number, a literal, or a text without quotes."""

import re

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
# As Python and JavaScript write numbers: a plus, no digit before the point, none after it.
_NEARLY_NUMBER = re.compile(r"\+?(-?)(\d*)\.?(\d*)([eE][+-]?\d+)?", re.ASCII)

_LITERALS = {
    "true": "true",
    "True": "true",
    "false": "false",
    "False": "false",
    "null": "null",
    "None": "null",
    "undefined": "null",
    # JSON has no such numbers.
    "NaN": "null",
    "Infinity": "null",
    "-Infinity": "null",
}


def scalar(word: str) -> str | None:
    """The word as valid JSON, digits unchanged. None if it is neither a number nor a literal."""
    if word in _LITERALS:
        return _LITERALS[word]
    if _NUMBER.fullmatch(word):
        return word
    match = _NEARLY_NUMBER.fullmatch(word)
    if not match or not (match[2] or match[3]):
        return None
    repaired = f"{match[1]}{match[2] or '0'}.{match[3] or '0'}{match[4] or ''}"
    if "." not in word:
        repaired = f"{match[1]}{match[2]}{match[4] or ''}"
    return repaired if _NUMBER.fullmatch(repaired) else None
