"""Decides whether the answer starts with reasoning, and sets the conversation's flags accordingly.

The chat template's only switch is /think or /no_think in a system or user text; the last counts.
"""

import re
from typing import Any

from inference_server.errors import InvalidArgument

# Not the one in </think>.
_FLAG = re.compile(r"/no_think|(?<!<)/think|/think(?!>)")


def settle_thinking(
    messages: list[dict[str, Any]], *, wanted: bool | None, has_video: bool
) -> list[dict[str, Any]]:
    """The conversation with the flags that decide.

    `wanted` overrides every flag. With a video there is no reasoning: a user's flag is dropped, but
    `wanted` or a system text that asks for reasoning is refused.
    """
    if has_video and wanted:
        raise InvalidArgument(
            "thinking must not be true with a video: the model does not reason about videos.",
            field="thinking",
        )
    if has_video and wanted is None:
        _refuse_system_flag(messages)
    if wanted is None and not has_video:
        return messages
    return _with_system_flag(
        [_without_flags(message) for message in messages], "/think" if wanted else "/no_think"
    )


def _refuse_system_flag(messages: list[dict[str, Any]]) -> None:
    for index, message in enumerate(messages):
        for place, part in enumerate(message["content"]):
            if message["role"] == "system" and "/think" in _FLAG.findall(part.get("text", "")):
                raise InvalidArgument(
                    "The system text has /think, but the model does not reason about videos.",
                    field=f"messages[{index}].parts[{place}].text",
                )


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
