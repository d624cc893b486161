"""Messages of the body to messages of the contract.

The contract has at most one system message, at the front. Callers send several, anywhere. All
system and developer messages are joined into one at the front, separated by blank lines: the
instructions keep their authority and lose only their place.
"""

from collections.abc import Sequence

from nemotron_vl.v1 import content_pb2

from http_gateway.chat.content import (
    ImagePart,
    MessageBody,
    Part,
    RefusalPart,
    TextPart,
    ThinkingPart,
)
from http_gateway.translation.message_writer import MessageWriter

_ROLE_BY_NAME: dict[str, content_pb2.Role.ValueType] = {
    "system": content_pb2.ROLE_SYSTEM,
    "developer": content_pb2.ROLE_SYSTEM,
    "user": content_pb2.ROLE_USER,
    "assistant": content_pb2.ROLE_ASSISTANT,
    "tool": content_pb2.ROLE_TOOL,
}


def write_messages(writer: MessageWriter, messages: Sequence[MessageBody]) -> None:
    """Writes all messages of the body."""
    system = list[tuple[int, MessageBody]]()
    others = list[tuple[int, MessageBody]]()
    for index, message in enumerate(messages):
        is_system = _ROLE_BY_NAME[message.role] == content_pb2.ROLE_SYSTEM
        (system if is_system else others).append((index, message))
    if system:
        writer.begin(content_pb2.ROLE_SYSTEM, system[0][0])
    for index, message in system:
        writer.join(index)
        _write_content(writer, index, message)
    for index, message in others:
        _write_message(writer, index, message)


def _write_message(writer: MessageWriter, index: int, message: MessageBody) -> None:
    target = writer.begin(_ROLE_BY_NAME[message.role], index)
    _write_content(writer, index, message)
    if message.role == "assistant" and not target.parts and not message.tool_calls:
        # An earlier answer may have been reasoning alone; other servers give null for its text.
        writer.write_text("")
    if message.tool_call_id is not None:
        target.tool_call_id = message.tool_call_id
    for call in message.tool_calls or ():
        function = call.function
        target.tool_calls.add(id=call.id, name=function.name, arguments=function.arguments)


def _write_content(writer: MessageWriter, index: int, message: MessageBody) -> None:
    if isinstance(message.content, str):
        writer.write_text(message.content)
        return
    for number, part in enumerate(message.content or ()):
        _write_part(writer, index, number, part)


def _write_part(writer: MessageWriter, index: int, number: int, part: Part) -> None:
    param = f"messages[{index}].content[{number}]"
    match part:
        case ThinkingPart():
            pass
        case str():
            writer.write_text(part, number)
        case TextPart():
            writer.write_text(part.text, number)
        case RefusalPart():
            writer.write_text(part.refusal, number)
        case ImagePart():
            writer.write_image(part.image_url.url, f"{param}.image_url", number)
        case _:
            writer.write_video(part.video_url.url, f"{param}.video_url", number)
