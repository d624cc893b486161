"""Checks a conversation: roles, their order, and what each role may carry."""

import re
from collections.abc import Sequence

from nemotron_vl.v1 import content_pb2

from inference_server.errors import InvalidArgument, quoted

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

Messages = Sequence[content_pb2.Message]

_KINDS_BY_ROLE: dict[int, tuple[str, ...]] = {
    content_pb2.ROLE_SYSTEM: ("text",),
    content_pb2.ROLE_USER: ("text", "image", "video"),
    content_pb2.ROLE_ASSISTANT: ("text",),
    content_pb2.ROLE_TOOL: ("text", "image"),
}


def check_messages(messages: Messages) -> None:
    """Raises InvalidArgument that names the first field at fault."""
    if not messages:
        raise InvalidArgument("messages must have at least one message.", field="messages")
    for index, message in enumerate(messages):
        _check_message(message, f"messages[{index}]")
        _check_place(messages, index)
    _check_last(messages[-1], f"messages[{len(messages) - 1}]")


def _check_message(message: content_pb2.Message, path: str) -> None:
    role = message.role
    if role not in content_pb2.Role.values() or role == content_pb2.ROLE_UNSPECIFIED:
        raise InvalidArgument("role must be system, user, assistant or tool.", field=f"{path}.role")
    if message.tool_calls and role != content_pb2.ROLE_ASSISTANT:
        raise InvalidArgument(
            "Only an assistant's message may have tool_calls.", field=f"{path}.tool_calls"
        )
    if message.HasField("tool_call_id") and role != content_pb2.ROLE_TOOL:
        raise InvalidArgument(
            "Only a tool's message may have a tool_call_id.", field=f"{path}.tool_call_id"
        )
    # A tool may return nothing.
    if not message.parts and not message.tool_calls and role != content_pb2.ROLE_TOOL:
        raise InvalidArgument("The message has no content.", field=f"{path}.parts")
    for index, part in enumerate(message.parts):
        _check_kind(part, role, f"{path}.parts[{index}]")
    for index, call in enumerate(message.tool_calls):
        _check_name(call.name, f"{path}.tool_calls[{index}].name")


def _check_name(name: str, path: str) -> None:
    """Other servers have other rules for names; what would break the model's format is refused."""
    if not name:
        raise InvalidArgument("A tool call must name the tool.", field=path)
    if _CONTROL.search(name):
        raise InvalidArgument(
            f"A tool's name must not have control characters, got {quoted(name)}.", field=path
        )


def _check_kind(part: content_pb2.Part, role: int, path: str) -> None:
    kind = part.WhichOneof("kind")
    if kind is None:
        raise InvalidArgument("The part has neither text nor an image nor a video.", field=path)
    if kind not in _KINDS_BY_ROLE[role]:
        raise InvalidArgument(
            f"Only a user's message may have videos, and only a user's or a tool's images; send "
            f"the {kind} in a user's message.",
            field=path,
        )


def _check_last(message: content_pb2.Message, path: str) -> None:
    """An assistant's last message is continued; where it called tools, their results are next."""
    if message.tool_calls and message.role == content_pb2.ROLE_ASSISTANT:
        raise InvalidArgument(
            "The last message may be the assistant's only without tool_calls: add a message with "
            "the result of each call.",
            field=f"{path}.tool_calls",
        )


def _check_place(messages: Messages, index: int) -> None:
    role = messages[index].role
    if role == content_pb2.ROLE_SYSTEM and index > 0:
        raise InvalidArgument(
            "Only the first message may be a system message.", field=f"messages[{index}].role"
        )
