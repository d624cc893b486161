"""Checks tools, and the choice among them."""

import re

from nemotron_vl.v1 import content_pb2, inference_pb2

from inference_server.errors import InvalidArgument, Unsupported, quoted
from inference_server.prompt.tool_schema import read_schema

_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

# Modes that leave it to the model, and so mean nothing where there are no tools.
_FREE = (
    inference_pb2.TOOL_CHOICE_MODE_UNSPECIFIED,
    inference_pb2.TOOL_CHOICE_MODE_AUTO,
    inference_pb2.TOOL_CHOICE_MODE_NONE,
)


def check_tools(generation: inference_pb2.Generation) -> None:
    """Raises InvalidArgument or Unsupported that names the first field at fault."""
    names: set[str] = set()
    for index, tool in enumerate(generation.tools):
        _check_tool(tool, f"tools[{index}]")
        if tool.name in names:
            raise InvalidArgument(
                f"An earlier tool is named {quoted(tool.name)} too.", field=f"tools[{index}].name"
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
    if choice.mode in _FREE:
        return
    if choice.mode not in inference_pb2.ToolChoiceMode.values():
        raise InvalidArgument(
            f"tool_choice.mode has no value {choice.mode}.", field="tool_choice.mode"
        )
    if not names:
        raise InvalidArgument(
            "tool_choice.mode asks for a tool call, but the request has no tools.",
            field="tool_choice.mode",
        )
    is_function = choice.mode == inference_pb2.TOOL_CHOICE_MODE_FUNCTION
    if is_function and choice.function_name not in names:
        raise InvalidArgument(
            f"No tool of the request is named {quoted(choice.function_name)}.",
            field="tool_choice.function_name",
        )
    raise Unsupported(
        "tool_choice.mode must be auto or none: this server cannot make the model call a tool.",
        field="tool_choice.mode",
    )
