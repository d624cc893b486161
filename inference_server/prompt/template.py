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

from inference_server.lenient_json.rewrite import rewritten
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
    """Renders a conversation up to where the answer begins, or goes on if the assistant has begun.

    What is to be continued follows as if the model had written it without reasoning.
    """
    earlier, beginning = _split_beginning(generation.messages)
    wanted = generation.thinking if generation.HasField("thinking") else None
    messages = settle_thinking(
        # The template takes no empty list, and a system message without text for none.
        [_message(message) for message in earlier or [Message(role=ROLE_SYSTEM)]],
        wanted=False if beginning else wanted,
        has_video=any(part.HasField("video") for _, part in media_parts(generation)),
    )
    hides_tools = generation.tool_choice.mode == TOOL_CHOICE_MODE_NONE
    tools = [] if hides_tools else _tools(generation.tools)
    guard = Guard(tokenizer.special_tokens, [messages, tools], tokenizer.chat_template)
    text = tokenizer.render(guard.hide_all(messages), guard.hide_all(tools) or None)
    pieces = [
        guard.show(piece) if isinstance(piece, str) else piece for piece in tokenizer.split(text)
    ]
    # A piece of its own: the model would have written it in tokens of its own.
    return Rendered(
        pieces=(*pieces, beginning) if beginning else tuple(pieces),
        is_thinking=text.rstrip().endswith("<think>"),
        has_tools=bool(tools),
    )


def _split_beginning(messages: Sequence[Message]) -> tuple[Sequence[Message], str]:
    """The messages before the answer, and what the assistant has written of it."""
    last = messages[-1]
    if last.role != ROLE_ASSISTANT or last.tool_calls:
        return messages, ""
    return messages[:-1], "".join(part.text for part in last.parts)


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
    """The template puts the arguments' JSON text into the prompt as it is, so that it is written
    here as the model writes it: the same prompt, whoever sends the history."""
    has_none = call.arguments.strip() in ("", "null")
    function = {"name": call.name, "arguments": "{}" if has_none else rewritten(call.arguments)}
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
