"""Settles by the flags in a conversation whether the answer is to be reasoned.

The chat template knows no other switch than /think and /no_think in the system's and the user's
words, the last of which decides.
"""

import re
from typing import Any

from inference_server.errors import InvalidArgument

# Not the one in </think>.
_FLAG = re.compile(r"/no_think|(?<!<)/think|/think(?!>)")


def settle_thinking(
    messages: list[dict[str, Any]], *, wanted: bool | None, has_video: bool
) -> list[dict[str, Any]]:
    """The conversation with its flags as they shall count.

    What is `wanted` overrides every flag. With a video there is no reasoning: a user's flag is
    dropped, and one that the caller set on purpose is refused.
    """
    if has_video and wanted:
        raise InvalidArgument("The model does not reason about videos.", field="thinking")
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
                    "The model does not reason about videos, and the system text asks for it.",
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
    """What the removal joins to a flag again is torn apart by a space."""
    return _FLAG.sub(" ", _FLAG.sub("", text))


def _with_system_flag(messages: list[dict[str, Any]], flag: str) -> list[dict[str, Any]]:
    part = {"type": "text", "text": flag}
    if messages and messages[0]["role"] == "system":
        system = messages[0] | {"content": [*messages[0]["content"], part]}
        return [system, *messages[1:]]
    return [{"role": "system", "content": [part]}, *messages]
