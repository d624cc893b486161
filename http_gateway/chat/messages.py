"""Messages of the body to messages of the contract.

The contract has one system message, and first; callers put several, and anywhere. All system and
developer messages are joined into one at the front, a blank line between them: their instructions
keep their authority, and only their place is lost.
"""

from collections.abc import Sequence

from nemotron_vl.v1 import content_pb2, inference_pb2

from http_gateway.chat.body import MediaOptions, ProcessorOptions
from http_gateway.chat.content import (
    ImagePart,
    MessageBody,
    Part,
    RefusalPart,
    TextPart,
    ThinkingPart,
)
from http_gateway.errors import InvalidRequest
from http_gateway.media.reference import MediaRef
from http_gateway.translation.param_map import ParamMap

_SEPARATOR = "\n\n"
_ROLE_BY_NAME: dict[str, content_pb2.Role.ValueType] = {
    "system": content_pb2.ROLE_SYSTEM,
    "developer": content_pb2.ROLE_SYSTEM,
    "user": content_pb2.ROLE_USER,
    "assistant": content_pb2.ROLE_ASSISTANT,
    "tool": content_pb2.ROLE_TOOL,
}


class MessageWriter:
    """Writes a body's messages into a Generation; notes the media it met, in order."""

    def __init__(
        self,
        generation: inference_pb2.Generation,
        params: ParamMap,
        media_options: MediaOptions | None,
        processor_options: ProcessorOptions | None,
    ) -> None:
        self.media: list[MediaRef] = []
        self._messages = generation.messages
        self._params = params
        self._video = media_options.video if media_options else None
        self._max_tiles = processor_options.max_num_tiles if processor_options else None
        if self._video and self._video.fps is not None and self._video.num_frames is not None:
            raise InvalidRequest(
                "Give either `fps` or `num_frames`, not both.", param="media_io_kwargs.video"
            )

    def write(self, messages: Sequence[MessageBody]) -> None:
        """Once, with all messages of the body."""
        numbered = list(enumerate(messages))
        is_system = [_ROLE_BY_NAME[message.role] == content_pb2.ROLE_SYSTEM for message in messages]
        system = [pair for pair in numbered if is_system[pair[0]]]
        if system:
            self._write_system(system)
        for index, message in numbered:
            if not is_system[index]:
                self._write_message(index, message)

    def _write_system(self, messages: Sequence[tuple[int, MessageBody]]) -> None:
        target = self._add(messages[0][0], content_pb2.ROLE_SYSTEM)
        for index, message in messages:
            if target.parts:
                target.parts.add(text=_SEPARATOR)
            self._write_content(index, message, target)

    def _write_message(self, index: int, message: MessageBody) -> None:
        target = self._add(index, _ROLE_BY_NAME[message.role])
        self._write_content(index, message, target)
        if message.role == "assistant" and not target.parts and not message.tool_calls:
            # An earlier answer may have been reasoning alone; other servers give null for its text.
            target.parts.add(text="")
        if message.tool_call_id is not None:
            target.tool_call_id = message.tool_call_id
            self._params.record(f"{self._field}.tool_call_id", f"messages[{index}].tool_call_id")
        for number, call in enumerate(message.tool_calls or ()):
            target.tool_calls.add(
                id=call.id, name=call.function.name, arguments=call.function.arguments
            )
            field = f"{self._field}.tool_calls[{number}]"
            param = f"messages[{index}].tool_calls[{number}]"
            self._params.record(field, param)
            self._params.record(f"{field}.id", f"{param}.id")
            self._params.record(f"{field}.name", f"{param}.function.name")
            self._params.record(f"{field}.arguments", f"{param}.function.arguments")

    def _add(self, index: int, role: content_pb2.Role.ValueType) -> content_pb2.Message:
        target = self._messages.add(role=role)
        self._params.record(self._field, f"messages[{index}]")
        self._params.record(f"{self._field}.role", f"messages[{index}].role")
        return target

    @property
    def _field(self) -> str:
        return f"messages[{len(self._messages) - 1}]"

    def _write_content(self, index: int, message: MessageBody, target: content_pb2.Message) -> None:
        param = f"messages[{index}].content"
        self._params.record(f"{self._field}.parts", param)
        if isinstance(message.content, str):
            self._write_part(message.content, param, target)
            return
        for number, part in enumerate(message.content or ()):
            self._write_part(part, f"{param}[{number}]", target)

    def _write_part(self, part: Part, param: str, target: content_pb2.Message) -> None:
        field = f"{self._field}.parts[{len(target.parts)}]"
        match part:
            case ThinkingPart():
                return
            case str():
                target.parts.add(text=part)
            case TextPart():
                target.parts.add(text=part.text)
            case RefusalPart():
                target.parts.add(text=part.refusal)
            case ImagePart():
                self._write_image(part.image_url.url, f"{param}.image_url", target)
                self._params.record(f"{field}.image", f"{param}.image_url")
                self._params.record(f"{field}.image.max_tiles", "mm_processor_kwargs.max_num_tiles")
            case _:
                self._write_video(part.video_url.url, f"{param}.video_url", target)
                self._params.record(f"{field}.video", f"{param}.video_url")
                self._params.record(f"{field}.video.fps", "media_io_kwargs.video.fps")
                self._params.record(f"{field}.video.num_frames", "media_io_kwargs.video.num_frames")
        self._params.record(field, param)

    def _write_image(self, url: str, param: str, target: content_pb2.Message) -> None:
        image = target.parts.add().image
        # Reading a oneof's message does not choose it; this does.
        image.SetInParent()
        if self._max_tiles is not None:
            image.max_tiles = self._max_tiles
        self.media.append(MediaRef(url=url, param=param, target=image))

    def _write_video(self, url: str, param: str, target: content_pb2.Message) -> None:
        video = target.parts.add().video
        video.SetInParent()
        if self._video and self._video.fps is not None:
            video.fps = self._video.fps
        if self._video and self._video.num_frames is not None:
            video.num_frames = self._video.num_frames
        self.media.append(MediaRef(url=url, param=param, target=video))
