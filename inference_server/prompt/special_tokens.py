"""Keeps special tokens in a caller's text from acting as special tokens.

A special token that is spelled out in a text, a tool's name or a schema must stay plain text, even
if the template would join its halves. So the first character of every special token is replaced by
one that occurs nowhere in the conversation, and put back once the rendered text has been split at
the template's own special tokens.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from inference_server.errors import InvalidArgument

# Templates strip the flag /think but leave this one, so it has to be hidden as a whole.
_END_OF_REASONING = "</think>"

# The private use area first. No character from here on is whitespace or has another case.
_STAND_INS = range(0xE000, 0x110000)


class Guard:
    """Replaces the characters that special tokens begin with by stand-ins, and back."""

    def __init__(self, special_tokens: Iterable[str], conversation: Any, template: str) -> None:
        """`conversation` holds all texts to be hidden; `template` will render them."""
        used = {*json.dumps(conversation, ensure_ascii=False), *template}
        hidden = [_END_OF_REASONING, *sorted({token[0] for token in special_tokens})]
        unused = (chr(code) for code in _STAND_INS if chr(code) not in used)
        stand_ins = dict(zip(hidden, unused, strict=False))
        if len(stand_ins) < len(hidden):
            raise InvalidArgument(
                "The messages use every Unicode character; at least one must stay unused.",
                field="messages",
            )
        # The order matters: `</think>` is hidden as a whole before its first character is.
        self._stand_ins = stand_ins

    def hide(self, text: str) -> str:
        # Far faster than `translate`, which would hold up other threads.
        for hidden, stand_in in self._stand_ins.items():
            text = text.replace(hidden, stand_in)
        return text

    def show(self, text: str) -> str:
        """Undoes `hide`, even if the text was cut or changed in between."""
        for hidden, stand_in in self._stand_ins.items():
            text = text.replace(stand_in, hidden)
        return text

    def hide_all(self, value: Any) -> Any:
        """The same JSON value with every text in it hidden."""
        return _map_texts(value, self.hide)


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map_texts(item, change) for item in value]
    if isinstance(value, dict):
        return {change(key): _map_texts(item, change) for key, item in value.items()}
    return value
