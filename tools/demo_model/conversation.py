"""A sample's messages as the contract's, so that training reads the very prompts of serving."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from nemotron_vl.v1.content_pb2 import (
    ROLE_ASSISTANT,
    ROLE_SYSTEM,
    ROLE_TOOL,
    ROLE_USER,
    Image,
    Message,
    Part,
    Tool,
    ToolCall,
    Video,
)
from nemotron_vl.v1.inference_pb2 import Generation

from inference_server.media.decoded import Decoded, DecodedImage, DecodedVideo
from tools.demo_model.sample import Sample

_ROLES = {
    "system": ROLE_SYSTEM,
    "user": ROLE_USER,
    "assistant": ROLE_ASSISTANT,
    "tool": ROLE_TOOL,
}


def to_generation(sample: Sample, num_messages: int) -> Generation:
    """The request that the first num_messages messages make."""
    return Generation(
        messages=[_message(message) for message in sample.messages[:num_messages]],
        tools=[_tool(tool.get("function", tool)) for tool in sample.tools],
    )


def to_media(sample: Sample, num_messages: int) -> dict[str, Decoded]:
    """The decoded images and videos of these messages, by the paths that `media_parts` gives."""
    frames = iter(sample.images)
    media: dict[str, Decoded] = {}
    for path, part in _media_parts(sample.messages[:num_messages]):
        if part["type"] == "image":
            media[path] = DecodedImage(pixels=next(frames))
        else:
            timestamps = tuple(part["timestamps_s"])
            stack = np.stack([next(frames) for _ in timestamps])
            media[path] = DecodedVideo(frames=stack, timestamps_s=timestamps)
    return media


def answer_text(message: dict[str, Any]) -> str:
    """An assistant's message as the model writes it: reasoning closed, then text, then calls."""
    text = message.get("content") or ""
    if "reasoning" in message:
        text = f"{message['reasoning']}\n</think>\n\n{text}".rstrip()
    calls = [call["function"] for call in message.get("tool_calls", ())]
    if not calls:
        return text
    listed = ", ".join(_call_json(call) for call in calls)
    return f"{text}\n\n" * bool(text) + f"<TOOLCALL>[{listed}]</TOOLCALL>"


def _media_parts(messages: Sequence[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for message_index, message in enumerate(messages):
        if isinstance(message["content"], list):
            for part_index, part in enumerate(message["content"]):
                if part["type"] != "text":
                    yield f"messages[{message_index}].parts[{part_index}]", part


def _call_json(call: dict[str, Any]) -> str:
    return f'{{"name": "{call["name"]}", "arguments": {_arguments(call)}}}'


def _arguments(call: dict[str, Any]) -> str:
    arguments = call["arguments"]
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _message(message: dict[str, Any]) -> Message:
    content = message["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    return Message(
        role=_ROLES[message["role"]],
        parts=[_part(part) for part in parts],
        tool_calls=[
            ToolCall(name=call["function"]["name"], arguments=_arguments(call["function"]))
            for call in message.get("tool_calls", ())
        ],
    )


def _part(part: dict[str, Any]) -> Part:
    match part["type"]:
        case "text":
            return Part(text=part["text"])
        case "image":
            return Part(image=Image())
        case _:
            return Part(video=Video())


def _tool(tool: dict[str, Any]) -> Tool:
    return Tool(
        name=tool["name"],
        description=tool.get("description", ""),
        parameters_json_schema=json.dumps(tool.get("parameters", {})),
    )
