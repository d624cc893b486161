"""Messages of the body to messages of the contract.

The contract has at most one system message, at the front. Callers send several, anywhere. All
system and developer messages are joined into one at the front, separated by blank lines: the
instructions keep their authority and lose only their place.
"""

from collections.abc import Sequence

from nemotron_vl.v1 import content_pb2

from http_gateway.chat.content import (
    BareImagePart,
    BareVideoPart,
    FunctionCall,
    ImagePart,
    MessageBody,
    Part,
    RatesBody,
    RefusalPart,
    TextPart,
    ThinkingPart,
)
from http_gateway.errors import InvalidRequest
from http_gateway.media.data_url import frame_urls
from http_gateway.translation.message_writer import MessageWriter

_ROLE_BY_NAME: dict[str, content_pb2.Role.ValueType] = {
    "system": content_pb2.ROLE_SYSTEM,
    "developer": content_pb2.ROLE_SYSTEM,
    "user": content_pb2.ROLE_USER,
    "assistant": content_pb2.ROLE_ASSISTANT,
    "tool": content_pb2.ROLE_TOOL,
    "function": content_pb2.ROLE_TOOL,
}
# Other servers give null for a text that is empty, as that of an answer of reasoning alone.
_MAY_BE_NULL = (content_pb2.ROLE_ASSISTANT, content_pb2.ROLE_TOOL)


def write_messages(writer: MessageWriter, messages: Sequence[MessageBody]) -> None:
    """Writes all messages of the body."""
    system = list[tuple[int, MessageBody]]()
    others = list[tuple[int, MessageBody]]()
    for index, message in enumerate(messages):
        is_system = _ROLE_BY_NAME[message.role] == content_pb2.ROLE_SYSTEM
        (system if is_system else others).append((index, message))
    if system:
        _write_system(writer, system)
    for index, message in others:
        _write_message(writer, index, message)


def _write_system(writer: MessageWriter, messages: Sequence[tuple[int, MessageBody]]) -> None:
    target = writer.begin(content_pb2.ROLE_SYSTEM, messages[0][0])
    for index, message in messages:
        if _calls(message):
            raise InvalidRequest(
                "Only an assistant's message may have tool_calls.",
                param=f"messages[{index}].tool_calls",
            )
        if message.content:
            writer.join(index)
            _write_content(writer, index, message)
    if not target.parts:
        writer.write_text("")


def _write_message(writer: MessageWriter, index: int, message: MessageBody) -> None:
    role = _ROLE_BY_NAME[message.role]
    target = writer.begin(role, index)
    _write_content(writer, index, message)
    calls = _calls(message)
    if not target.parts and not calls and (role in _MAY_BE_NULL or message.content is not None):
        writer.write_text("")
    if message.tool_call_id is not None and role == content_pb2.ROLE_TOOL:
        target.tool_call_id = message.tool_call_id
    for call_id, call in calls:
        target.tool_calls.add(id=call_id, name=call.name, arguments=call.arguments)


def _calls(message: MessageBody) -> list[tuple[str | None, FunctionCall]]:
    calls = [(call.id, call.function) for call in message.tool_calls or ()]
    # Clients that write the calls in both ways mean one call.
    if message.function_call and not calls:
        calls.append((None, message.function_call))
    return calls


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
        case BareImagePart():
            writer.write_image(part.image.url, f"{param}.image", number)
        case BareVideoPart():
            has_frames = _write_video(writer, part.video, f"{param}.video", number)
            _write_rate(writer, part, param, has_frames=has_frames)
        case _:
            has_frames = _write_video(writer, part.video_url.url, f"{param}.video_url", number)
            _write_rate(writer, part, param, has_frames=has_frames)


def _write_video(
    writer: MessageWriter, source: str | Sequence[str], param: str, number: int
) -> bool:
    """Writes a file or frames, and says whether they are frames."""
    urls = frame_urls(source, param=param) if isinstance(source, str) else source
    if urls is not None:
        writer.write_frames(urls, param, number)
    elif isinstance(source, str):
        writer.write_video(source, param, number)
    return urls is not None


def _write_rate(writer: MessageWriter, part: RatesBody, param: str, *, has_frames: bool) -> None:
    if has_frames and part.sample_fps is not None:
        writer.set_fps(part.sample_fps, f"{param}.sample_fps")
    elif part.fps is not None:
        writer.set_fps(part.fps, f"{param}.fps")
