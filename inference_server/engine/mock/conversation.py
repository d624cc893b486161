"""Reads from a prompt the tools that it offers, and what its user wants last.

Knows the texts that the chat template of the demo model puts between the messages.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from inference_server.engine.types import Prompt

_USER = "\nUser\n"
_ASSISTANT = "\nAssistant\n"
_TOOLS = "<AVAILABLE_TOOLS>"
_TOOL_RESPONSE = "<TOOL_RESPONSE>"
_THINK = "<think>"
_NO_THOUGHTS = "<think></think>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """is_thinking: the answer begins inside the reasoning. `tools` are the offered functions.

    `wish` is the last message of the user; it is empty if that is the result of a tool, or if the
    answer has begun already.
    """

    is_thinking: bool
    tools: list[dict[str, Any]]
    wish: str


def read_conversation(prompt: Prompt, decode: Callable[[Iterable[int]], str]) -> Conversation:
    """`decode` gives the text of token ids, without special tokens."""
    text = decode(_text_ids(prompt))
    head, _, _ = text.partition(_USER)
    _, _, turn = text.rpartition(_USER)
    wish, _, begun = turn.rpartition(_ASSISTANT)
    begun = begun.strip()
    is_open = begun in ("", _THINK, _NO_THOUGHTS)
    return Conversation(
        is_thinking=begun.endswith(_THINK),
        tools=_tools(head),
        wish=wish if is_open and _TOOL_RESPONSE not in wish else "",
    )


def _text_ids(prompt: Prompt) -> list[int]:
    """The ids outside images and videos."""
    ids, start = [], 0
    for span in prompt.spans:
        ids += prompt.token_ids[start : span.start].tolist()
        start = span.end
    return ids + prompt.token_ids[start:].tolist()


def _tools(head: str) -> list[dict[str, Any]]:
    _, found, listed = head.rpartition(_TOOLS)
    if not found:
        return []
    try:
        tools, _ = json.JSONDecoder().raw_decode(listed)
    except ValueError:
        return []
    return [tool for tool in tools if isinstance(tool, dict)]
