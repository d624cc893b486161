"""Renders the contract's messages and tools with the chat template.

Knows the wire messages and the template's dictionaries; knows nothing of pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nemotron_vl.v1.content_pb2 import (
    ROLE_ASSISTANT,
    ROLE_SYSTEM,
    ROLE_TOOL,
    ROLE_USER,
    Message,
    Part,
    Tool,
    ToolCall,
)
from nemotron_vl.v1.inference_pb2 import TOOL_CHOICE_MODE_NONE, Generation

from inference_server.prompt.media_parts import media_parts
from inference_server.prompt.special_tokens import Guard
from inference_server.prompt.thinking import settle_thinking
from inference_server.prompt.tokenizer import Tokenizer
from inference_server.prompt.tool_schema import read_schema

_ROLES = {
    ROLE_SYSTEM: "system",
    ROLE_USER: "user",
    ROLE_ASSISTANT: "assistant",
    ROLE_TOOL: "tool",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A rendered conversation: ids of the template's special tokens, and the texts between.

    is_thinking and has_tools are those of BuiltPrompt.
    """

    pieces: tuple[int | str, ...]
    is_thinking: bool
    has_tools: bool


def render(generation: Generation, tokenizer: Tokenizer) -> Rendered:
    """Renders a conversation up to where the answer begins."""
    messages = settle_thinking(
        [_message(message) for message in generation.messages],
        wanted=generation.thinking if generation.HasField("thinking") else None,
        has_video=any(part.HasField("video") for _, part in media_parts(generation)),
    )
    hides_tools = generation.tool_choice.mode == TOOL_CHOICE_MODE_NONE
    tools = [] if hides_tools else _tools(generation.tools)
    guard = Guard(tokenizer.special_tokens, [messages, tools], tokenizer.chat_template)
    text = tokenizer.render(guard.hide_all(messages), guard.hide_all(tools) or None)
    return Rendered(
        pieces=tuple(
            guard.show(piece) if isinstance(piece, str) else piece
            for piece in tokenizer.split(text)
        ),
        is_thinking=text.rstrip().endswith("<think>"),
        has_tools=bool(tools),
    )


def _message(message: Message) -> dict[str, Any]:
    rendered: dict[str, Any] = {
        "role": _ROLES[message.role],
        "content": [_part(part) for part in message.parts],
    }
    if message.tool_calls:
        rendered["tool_calls"] = [_tool_call(call) for call in message.tool_calls]
    if message.HasField("tool_call_id"):
        rendered["tool_call_id"] = message.tool_call_id
    return rendered


def _part(part: Part) -> dict[str, Any]:
    kind = part.WhichOneof("kind")
    return {"type": kind, "text": part.text} if kind == "text" else {"type": kind}


def _tool_call(call: ToolCall) -> dict[str, Any]:
    """The template puts the arguments' JSON text into the prompt as it is."""
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.id, "type": "function", "function": function}


def _tools(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    return [
        {"type": "function", "function": _function(tool, f"tools[{index}]")}
        for index, tool in enumerate(tools)
    ]


def _function(tool: Tool, field: str) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name}
    if tool.HasField("description"):
        function["description"] = tool.description
    if tool.HasField("parameters_json_schema"):
        function["parameters"] = read_schema(
            tool.parameters_json_schema, field=f"{field}.parameters_json_schema"
        )
    return function
