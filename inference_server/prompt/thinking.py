"""Decides whether the answer starts with reasoning, and sets the conversation's flags accordingly.

The chat template's only switch is /think or /no_think in a system or user text; the last counts.
"""

import logging
import re
from typing import Any

logger = logging.getLogger(__name__)

# Not the one in </think>.
_FLAG = re.compile(r"/no_think|(?<!<)/think|/think(?!>)")


def settle_thinking(
    messages: list[dict[str, Any]], *, wanted: bool | None, has_video: bool
) -> list[dict[str, Any]]:
    """The conversation with the flags that decide.

    `wanted` overrides every flag. The model does not reason about videos: what asks for it is
    dropped.
    """
    if has_video:
        if wanted or (wanted is None and _asks(messages)):
            logger.warning("reasoning was asked for, but the model does not reason about videos")
        wanted = False
    if wanted is None:
        return messages
    return _with_system_flag(
        [_without_flags(message) for message in messages], "/think" if wanted else "/no_think"
    )


def _asks(messages: list[dict[str, Any]]) -> bool:
    """Whether the last flag of the conversation asks for reasoning."""
    flags = [
        flag
        for message in messages
        if message["role"] in ("system", "user")
        for part in message["content"]
        for flag in _FLAG.findall(part.get("text", ""))
    ]
    return bool(flags) and flags[-1] == "/think"


def _without_flags(message: dict[str, Any]) -> dict[str, Any]:
    if message["role"] not in ("system", "user"):
        return message
    content = [
        part | {"text": _without_flag(part["text"])} if part["type"] == "text" else part
        for part in message["content"]
    ]
    return message | {"content": content}


def _without_flag(text: str) -> str:
    """Removes flags. A flag that the removal itself joins together is replaced by a space."""
    return _FLAG.sub(" ", _FLAG.sub("", text))


def _with_system_flag(messages: list[dict[str, Any]], flag: str) -> list[dict[str, Any]]:
    part = {"type": "text", "text": flag}
    if messages and messages[0]["role"] == "system":
        system = messages[0] | {"content": [*messages[0]["content"], part]}
        return [system, *messages[1:]]
    return [{"role": "system", "content": [part]}, *messages]
