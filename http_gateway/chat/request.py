"""ChatBody to Generation. Pure: media are listed, not fetched."""

from collections.abc import Sequence
from dataclasses import dataclass

from nemotron_vl.v1 import content_pb2, inference_pb2

from http_gateway.chat.body import ChatBody, StreamOptions, ToolBody, ToolChoiceBody
from http_gateway.chat.media_options import check_sampling, image_options, video_options
from http_gateway.chat.messages import write_messages
from http_gateway.chat.param_table import PARAM_BY_FIELD
from http_gateway.chat.response import UsageMode
from http_gateway.chat.response_format import json_text, response_format
from http_gateway.errors import InvalidRequest
from http_gateway.translation.media_reference import MediaRef
from http_gateway.translation.message_writer import MessageWriter
from http_gateway.translation.param_map import ParamMap
from http_gateway.translation.sampling import write_sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """The translated body. `message` is complete once the targets of `media` are filled."""

    message: inference_pb2.GenerateRequest | inference_pb2.StreamGenerateRequest
    media: list[MediaRef]
    params: ParamMap
    usage: UsageMode
    include_reasoning: bool

    @property
    def generation(self) -> inference_pb2.Generation:
        """The generation in the message."""
        return self.message.generation


def build_request(body: ChatBody) -> ChatRequest:
    """Raises InvalidRequest for contradictions. The server checks ranges."""
    params = ParamMap(PARAM_BY_FIELD)
    message = (
        inference_pb2.StreamGenerateRequest() if body.stream else inference_pb2.GenerateRequest()
    )
    # Written in place: moving it into the message later would copy its media.
    generation = message.generation
    _write_head(generation, body)
    writer = MessageWriter(
        generation, params, image=image_options(body), video=video_options(body, params)
    )
    write_messages(writer, body.messages)
    _check_beginning(generation, body)
    check_sampling(body, writer.media)
    write_sampling(generation.sampling, body, body.nvext, params)
    _write_chat_sampling(generation.sampling, body, params)
    _write_tools(generation, body.tools or ())
    _write_tool_choice(generation, body.tool_choice)
    _write_thinking(generation, body, params)
    _write_response_format(generation, body, params)
    return ChatRequest(
        message=message,
        media=writer.media,
        params=params,
        usage=_usage_mode(body.stream_options),
        include_reasoning=body.include_reasoning is not False,
    )


def _write_head(generation: inference_pb2.Generation, body: ChatBody) -> None:
    if body.model is not None:
        generation.model = body.model
    if body.n is not None:
        generation.num_choices = body.n
    if body.parallel_tool_calls is not None:
        generation.parallel_tool_calls = body.parallel_tool_calls
    if body.cache_salt:
        generation.cache_salt = body.cache_salt


def _usage_mode(options: StreamOptions | None) -> UsageMode:
    if options and options.continuous_usage_stats:
        return UsageMode.ALWAYS
    return UsageMode.AT_END if options and options.include_usage else UsageMode.NEVER


def _check_beginning(generation: inference_pb2.Generation, body: ChatBody) -> None:
    """An answer that the assistant has begun is always continued, any other never is."""
    if generation.messages and generation.messages[-1].role == content_pb2.ROLE_ASSISTANT:
        return
    if body.continue_final_message:
        raise InvalidRequest(
            "`continue_final_message` needs a last message of the assistant.",
            param="continue_final_message",
        )
    if body.add_generation_prompt is False:
        raise InvalidRequest(
            "`add_generation_prompt` may be false only if the last message is the assistant's.",
            param="add_generation_prompt",
        )


def _write_chat_sampling(
    sampling: inference_pb2.Sampling, body: ChatBody, params: ParamMap
) -> None:
    if body.max_completion_tokens is not None:
        sampling.max_tokens = body.max_completion_tokens
        params.choose("sampling.max_tokens", "max_completion_tokens")
    if body.logprobs:
        sampling.top_logprobs = body.top_logprobs or 0
    elif body.top_logprobs:
        raise InvalidRequest("`top_logprobs` needs `logprobs` to be true.", param="top_logprobs")


def _write_tools(generation: inference_pb2.Generation, tools: Sequence[ToolBody]) -> None:
    for index, tool in enumerate(tools):
        schema = tool.function.parameters
        generation.tools.add(
            name=tool.function.name,
            description=tool.function.description,
            parameters_json_schema=(
                None if schema is None else json_text(schema, f"tools[{index}].function.parameters")
            ),
        )


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
        params.choose("thinking", "reasoning_effort")
    options = body.chat_template_kwargs
    for name in ("thinking", "enable_thinking"):
        if options and getattr(options, name) is not None:
            generation.thinking = getattr(options, name)
            params.choose("thinking", f"chat_template_kwargs.{name}")
    if body.nvext and body.nvext.max_thinking_tokens is not None:
        generation.max_thinking_tokens = body.nvext.max_thinking_tokens
        params.choose("max_thinking_tokens", "nvext.max_thinking_tokens")
    if body.thinking_token_budget is not None:
        generation.max_thinking_tokens = body.thinking_token_budget
        params.choose("max_thinking_tokens", "thinking_token_budget")


def _write_response_format(
    generation: inference_pb2.Generation, body: ChatBody, params: ParamMap
) -> None:
    found = response_format(body)
    if found:
        param, constraint = found
        generation.response_format.CopyFrom(constraint)
        params.choose("response_format", param)
