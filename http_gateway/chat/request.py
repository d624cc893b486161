"""ChatBody to Generation. Pure: the media it meets are noted, not fetched."""

from collections.abc import Sequence
from dataclasses import dataclass

from nemotron_vl.v1 import inference_pb2

from http_gateway.chat.body import ChatBody, ToolBody, ToolChoiceBody
from http_gateway.chat.messages import MessageWriter
from http_gateway.chat.response_format import json_text, response_format
from http_gateway.chat.sampling import write_sampling
from http_gateway.errors import InvalidRequest
from http_gateway.media.reference import MediaRef
from http_gateway.translation.param_map import ParamMap


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What the body asks for. `message` is whole once the targets of `media` are filled."""

    message: inference_pb2.GenerateRequest | inference_pb2.StreamGenerateRequest
    media: list[MediaRef]
    params: ParamMap
    include_usage: bool
    include_reasoning: bool

    @property
    def generation(self) -> inference_pb2.Generation:
        """What the message asks for."""
        return self.message.generation


def build_request(body: ChatBody) -> ChatRequest:
    """Raises InvalidRequest for what contradicts itself. Ranges are the server's to judge."""
    if body.stream_options and not body.stream:
        raise InvalidRequest("`stream_options` needs `stream` to be true.", param="stream_options")
    params = ParamMap()
    message = (
        inference_pb2.StreamGenerateRequest() if body.stream else inference_pb2.GenerateRequest()
    )
    # Written where it is sent from: to put it into a message later would copy its media.
    generation = message.generation
    _write_head(generation, body)
    writer = MessageWriter(generation, params, body.media_io_kwargs, body.mm_processor_kwargs)
    writer.write(body.messages)
    write_sampling(generation.sampling, body, params)
    _write_tools(generation, body.tools or (), params)
    _write_tool_choice(generation, body.tool_choice)
    _write_thinking(generation, body, params)
    _write_response_format(generation, body, params)
    return ChatRequest(
        message=message,
        media=writer.media,
        params=params,
        include_usage=bool(body.stream_options and body.stream_options.include_usage),
        include_reasoning=body.include_reasoning is not False,
    )


def _write_head(generation: inference_pb2.Generation, body: ChatBody) -> None:
    if body.model is not None:
        generation.model = body.model
    if body.n is not None:
        generation.num_choices = body.n


def _write_tools(
    generation: inference_pb2.Generation, tools: Sequence[ToolBody], params: ParamMap
) -> None:
    for index, tool in enumerate(tools):
        param = f"tools[{index}].function"
        schema = tool.function.parameters
        generation.tools.add(
            name=tool.function.name,
            description=tool.function.description,
            parameters_json_schema=(
                None if schema is None else json_text(schema, f"{param}.parameters")
            ),
        )
        params.record(f"tools[{index}]", f"tools[{index}]")
        params.record(f"tools[{index}].name", f"{param}.name")
        params.record(f"tools[{index}].description", f"{param}.description")
        params.record(f"tools[{index}].parameters_json_schema", f"{param}.parameters")


def _write_tool_choice(generation: inference_pb2.Generation, choice: ToolChoiceBody | None) -> None:
    match choice.type if choice else None:
        case "none":
            generation.tool_choice.mode = inference_pb2.TOOL_CHOICE_MODE_NONE
        case "auto":
            generation.tool_choice.mode = inference_pb2.TOOL_CHOICE_MODE_AUTO
        case "required":
            generation.tool_choice.mode = inference_pb2.TOOL_CHOICE_MODE_REQUIRED
        case "function":
            assert choice is not None
            if choice.function is None:
                raise InvalidRequest(
                    "`tool_choice.function` is required.", param="tool_choice.function"
                )
            generation.tool_choice.mode = inference_pb2.TOOL_CHOICE_MODE_FUNCTION
            generation.tool_choice.function_name = choice.function.name
        case None:
            pass


def _write_thinking(generation: inference_pb2.Generation, body: ChatBody, params: ParamMap) -> None:
    if body.reasoning_effort is not None:
        generation.thinking = body.reasoning_effort != "none"
        params.record("thinking", "reasoning_effort")
    options = body.chat_template_kwargs
    for name in ("thinking", "enable_thinking"):
        if options and getattr(options, name) is not None:
            generation.thinking = getattr(options, name)
            params.record("thinking", f"chat_template_kwargs.{name}")
    if body.nvext and body.nvext.max_thinking_tokens is not None:
        generation.max_thinking_tokens = body.nvext.max_thinking_tokens
        params.record("max_thinking_tokens", "nvext.max_thinking_tokens")
    if body.thinking_token_budget is not None:
        generation.max_thinking_tokens = body.thinking_token_budget
        params.record("max_thinking_tokens", "thinking_token_budget")


def _write_response_format(
    generation: inference_pb2.Generation, body: ChatBody, params: ParamMap
) -> None:
    found = response_format(body)
    if found:
        param, constraint = found
        generation.response_format.CopyFrom(constraint)
        params.record("response_format", param)
