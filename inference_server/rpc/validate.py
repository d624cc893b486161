"""Checks a request against the served model's description, before any work is done on it.

What shows only once media are decoded or the prompt is built (pixels, tokens) is checked there.
"""

import math
import re
from collections.abc import Sequence
from typing import NoReturn

from nemotron_vl.v1 import content_pb2, inference_pb2, model_pb2

from inference_server.errors import InvalidArgument, ModelNotFound, PayloadTooLarge, Unsupported
from inference_server.prompt.media_parts import media_parts
from inference_server.prompt.tool_schema import read_schema
from inference_server.rpc.validate_sampling import check_sampling

Messages = Sequence[content_pb2.Message]

_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Validator:
    """Checks requests against the limits and features that the model states."""

    def __init__(self, model: model_pb2.Model) -> None:
        self._model = model
        self._names = frozenset((model.name, *model.aliases))

    def check_model_name(self, name: str, *, field: str = "model") -> None:
        """Raises ModelNotFound for a name that is not the model's."""
        if name not in self._names:
            raise ModelNotFound(f"The model {name[:200]!r} does not exist.", field=field)

    def check(self, generation: inference_pb2.Generation) -> None:
        """Raises a ServerError that names the first field at fault."""
        if generation.HasField("model"):
            self.check_model_name(generation.model)
        limits = self._model.limits
        _check_messages(generation.messages, limits)
        _check_media(generation, self._model)
        _check_text_bytes(generation, limits)
        check_sampling(generation.sampling, limits)
        _check_tools(generation, limits)
        self._check_features(generation)
        if generation.HasField("num_choices"):
            _check_range("num_choices", generation.num_choices, 1, limits.max_choices)

    def check_batch(self, request: inference_pb2.BatchGenerateRequest) -> None:
        """Checks the number of items; each item is checked when its turn comes."""
        _check_range("items", len(request.items), 1, self._model.limits.max_batch_items)

    def _check_features(self, generation: inference_pb2.Generation) -> None:
        constraint = generation.response_format.WhichOneof("constraint")
        if constraint is not None and not self._model.features.response_format:
            _unsupported(f"response_format.{constraint}")
        if generation.HasField("max_thinking_tokens"):
            _unsupported("max_thinking_tokens")


def _check_messages(messages: Messages, limits: model_pb2.Limits) -> None:
    if not messages:
        raise InvalidArgument("messages must have at least one message.", field="messages")
    _check_count("messages", len(messages), limits.max_messages)
    num_parts = sum(len(message.parts) + len(message.tool_calls) for message in messages)
    if num_parts > limits.max_parts:
        raise InvalidArgument(
            f"The messages have {num_parts} parts and tool calls; at most {limits.max_parts} "
            "are allowed.",
            field="messages",
        )
    for index, message in enumerate(messages):
        _check_message(message, f"messages[{index}]")
        _check_place(messages, index)
    if messages[-1].role == content_pb2.ROLE_ASSISTANT:
        raise InvalidArgument(
            "The last message must be a user's or a tool's, not the assistant's.",
            field=f"messages[{len(messages) - 1}].role",
        )


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
    if not message.parts and not message.tool_calls:
        raise InvalidArgument("The message has no content.", field=f"{path}.parts")
    for index, part in enumerate(message.parts):
        _check_kind(part, role, f"{path}.parts[{index}]")
    for index, call in enumerate(message.tool_calls):
        if not call.name:
            raise InvalidArgument(
                "A tool call must name the tool.", field=f"{path}.tool_calls[{index}].name"
            )


def _check_kind(part: content_pb2.Part, role: int, path: str) -> None:
    kind = part.WhichOneof("kind")
    if kind is None:
        raise InvalidArgument("The part has neither text nor an image nor a video.", field=path)
    if kind != "text" and role != content_pb2.ROLE_USER:
        raise InvalidArgument(f"Only a user's message may have {kind}s.", field=path)


def _check_place(messages: Messages, index: int) -> None:
    role = messages[index].role
    if role == content_pb2.ROLE_SYSTEM and index > 0:
        raise InvalidArgument(
            "Only the first message may be a system message.", field=f"messages[{index}].role"
        )
    if role == content_pb2.ROLE_TOOL and not _follows_a_call(messages, index):
        raise InvalidArgument(
            "A tool's message must follow an assistant's message with tool_calls.",
            field=f"messages[{index}].role",
        )


def _follows_a_call(messages: Messages, index: int) -> bool:
    if index == 0:
        return False
    before = messages[index - 1]
    return before.role == content_pb2.ROLE_TOOL or bool(before.tool_calls)


def _check_media(generation: inference_pb2.Generation, model: model_pb2.Model) -> None:
    num_by_kind = {"image": 0, "video": 0}
    max_by_kind = {"image": model.limits.max_images, "video": model.limits.max_videos}
    for path, part in media_parts(generation):
        kind = "image" if part.HasField("image") else "video"
        num_by_kind[kind] += 1
        if num_by_kind[kind] > max_by_kind[kind]:
            raise InvalidArgument(
                f"At most {max_by_kind[kind]} {kind}(s) may be provided in one prompt.", field=path
            )
        if kind == "image":
            _check_image(part.image, model.limits, f"{path}.image")
        else:
            _check_video(part.video, model, f"{path}.video")


def _check_image(image: content_pb2.Image, limits: model_pb2.Limits, path: str) -> None:
    _check_data(image.data, limits.max_image_bytes, f"{path}.data")
    if image.HasField("max_tiles"):
        _check_range(f"{path}.max_tiles", image.max_tiles, 1, limits.max_tiles)


def _check_video(video: content_pb2.Video, model: model_pb2.Model, path: str) -> None:
    if not model.features.videos:
        _unsupported(path)
    _check_data(video.data, model.limits.max_video_bytes, f"{path}.data")
    if video.HasField("fps") and not 0 < video.fps < math.inf:
        raise InvalidArgument(
            f"fps must be a positive number, got {video.fps:g}.", field=f"{path}.fps"
        )
    if video.HasField("num_frames"):
        most = model.limits.max_video_frames
        _check_range(f"{path}.num_frames", video.num_frames, 1, most)
    if not 0 <= video.pruning_rate < 1:
        raise InvalidArgument(
            f"pruning_rate must be at least 0 and below 1, got {video.pruning_rate:g}.",
            field=f"{path}.pruning_rate",
        )


def _check_data(data: bytes, max_bytes: int, path: str) -> None:
    if not data:
        raise InvalidArgument("The file is empty.", field=path)
    if len(data) > max_bytes:
        raise PayloadTooLarge(
            f"The file has {len(data)} bytes; at most {max_bytes} are allowed.", field=path
        )


def _check_text_bytes(generation: inference_pb2.Generation, limits: model_pb2.Limits) -> None:
    texts = [part.text for message in generation.messages for part in message.parts]
    calls = [call for message in generation.messages for call in message.tool_calls]
    texts += [call.id + call.name + call.arguments for call in calls]
    texts += [message.tool_call_id for message in generation.messages]
    texts += [tool.description + tool.parameters_json_schema for tool in generation.tools]
    num_bytes = sum(len(text.encode()) for text in texts)
    if num_bytes > limits.max_text_bytes:
        raise PayloadTooLarge(
            f"The text of messages and tools has {num_bytes} bytes; at most "
            f"{limits.max_text_bytes} are allowed.",
            field="messages",
        )


def _check_tools(generation: inference_pb2.Generation, limits: model_pb2.Limits) -> None:
    _check_count("tools", len(generation.tools), limits.max_tools)
    names: set[str] = set()
    for index, tool in enumerate(generation.tools):
        _check_tool(tool, f"tools[{index}]")
        if tool.name in names:
            raise InvalidArgument(
                f"An earlier tool is named {tool.name!r} too.", field=f"tools[{index}].name"
            )
        names.add(tool.name)
    _check_tool_choice(generation.tool_choice, names)


def _check_tool(tool: content_pb2.Tool, path: str) -> None:
    if not _TOOL_NAME.fullmatch(tool.name):
        raise InvalidArgument(
            "A tool's name must have 1 to 64 characters: letters, digits, '_' and '-'.",
            field=f"{path}.name",
        )
    if tool.HasField("parameters_json_schema"):
        read_schema(tool.parameters_json_schema, field=f"{path}.parameters_json_schema")


def _check_tool_choice(choice: inference_pb2.ToolChoice, names: set[str]) -> None:
    free = (inference_pb2.TOOL_CHOICE_MODE_UNSPECIFIED, inference_pb2.TOOL_CHOICE_MODE_NONE)
    if choice.mode in free:
        return
    if choice.mode not in inference_pb2.ToolChoiceMode.values():
        raise InvalidArgument(
            f"tool_choice.mode has no value {choice.mode}.", field="tool_choice.mode"
        )
    if not names:
        raise InvalidArgument(
            "tool_choice.mode asks for tools, but the request has none.", field="tool_choice.mode"
        )
    is_function = choice.mode == inference_pb2.TOOL_CHOICE_MODE_FUNCTION
    if is_function and choice.function_name not in names:
        raise InvalidArgument(
            f"No tool of the request is named {choice.function_name[:64]!r}.",
            field="tool_choice.function_name",
        )
    if choice.mode != inference_pb2.TOOL_CHOICE_MODE_AUTO:
        raise Unsupported(
            "tool_choice.mode must be auto or none: this server cannot make the model call a tool.",
            field="tool_choice.mode",
        )


def _check_count(field: str, count: int, most: int) -> None:
    if count > most:
        raise InvalidArgument(
            f"{field} has {count} entries; at most {most} are allowed.", field=field
        )


def _check_range(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidArgument(f"{field} must be from {low} to {high}, got {value}.", field=field)


def _unsupported(field: str) -> NoReturn:
    raise Unsupported(f"This server does not support {field} yet.", field=field)
