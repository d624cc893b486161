"""The body of POST /v1/chat/completions as pydantic models: only shapes and types.

Unknown fields are ignored. Fields that are known but not supported are refused, unless they have
their neutral value (chat/unsupported.py). The server checks ranges; here a number only has to fit
into the message.
"""

from collections.abc import ItemsView
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from http_gateway.chat.content import MessageBody, Rate
from http_gateway.errors import MAX_REPEATED
from http_gateway.translation.json_body import Body, Count, Int32
from http_gateway.translation.sampling import NvExtSampling, SamplingBody

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


def _default_to_none(value: object) -> object:
    return None if value == "default" else value


def _as_choice(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


def _items(value: object) -> ItemsView[str, object]:
    return (cast(dict[str, object], value) if isinstance(value, dict) else {}).items()


class Options(Body):
    """Options that other servers leave free-form. Here every unknown key is refused."""

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, value: object) -> object:
        for key, option in _items(value):
            if key not in cls.model_fields and option is not None:
                raise PydanticCustomError(
                    "no_such_option",
                    "no such option",
                    {"key": key[:MAX_REPEATED], "names": ", ".join(cls.model_fields)},
                )
        return value


class FunctionBody(Body):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class ToolBody(Body):
    type: Literal["function"] = "function"
    function: FunctionBody


class FunctionName(Body):
    name: str


class ToolChoiceBody(Body):
    type: Literal["none", "auto", "required", "function"]
    function: FunctionName | None = None


class JsonSchemaBody(Body):
    json_schema: Any = Field(None, alias="schema")


class ResponseFormatBody(Body):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaBody | None = None


class StructuredOutputs(Body):
    json_value: Any = Field(None, alias="json")
    regex: str | None = None
    choice: list[str] | None = None
    grammar: str | None = None
    json_object: bool | None = None


class Guided(Body):
    """Constraints on the answer, under older names than `response_format`."""

    guided_json: Any = None
    guided_regex: str | None = None
    guided_choice: list[str] | None = None
    guided_grammar: str | None = None


class NvExt(Guided, NvExtSampling):
    max_thinking_tokens: Int32 | None = None


class StreamOptions(Body):
    # As in vLLM, an object without the key asks for usage.
    include_usage: bool | None = True
    continuous_usage_stats: bool | None = None


class VideoOptions(Options):
    """The options that vLLM takes here, and the pruning rate under either of its names."""

    fps: Rate = None
    num_frames: Count = None
    do_sample_frames: bool | None = None
    video_pruning_rate: float | None = None
    pruning_rate: float | None = None


class MediaOptions(Options):
    video: VideoOptions | None = None


class ProcessorOptions(Options):
    """Options of images and videos. `video_pruning_rate` is the share of a video's tokens that
    Efficient Video Sampling drops; it has the name of the server's setting, which it replaces.
    """

    max_num_tiles: Int32 | None = None
    fps: Rate = None
    num_frames: Count = None
    do_sample_frames: bool | None = None
    video_pruning_rate: float | None = None


class TemplateOptions(Body):
    enable_thinking: bool | None = None
    thinking: bool | None = None


class ChatBody(Guided, SamplingBody):
    """Every supported field; see the references of OpenAI, vLLM and NIM for their meaning."""

    model: str | None = None
    messages: list[MessageBody]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Int32 | None = None

    max_completion_tokens: Count = None
    logprobs: bool | None = None
    top_logprobs: Int32 | None = None

    continue_final_message: bool | None = None
    add_generation_prompt: bool | None = None

    tools: list[ToolBody] | None = None
    tool_choice: Annotated[ToolChoiceBody | None, BeforeValidator(_as_choice)] = None
    parallel_tool_calls: bool | None = None

    response_format: ResponseFormatBody | None = None
    structured_outputs: StructuredOutputs | None = None
    nvext: NvExt | None = None

    reasoning_effort: Annotated[Effort | None, BeforeValidator(_default_to_none)] = None
    chat_template_kwargs: TemplateOptions | None = None
    thinking_token_budget: Int32 | None = None
    include_reasoning: bool | None = None
    media_io_kwargs: MediaOptions | None = None
    mm_processor_kwargs: ProcessorOptions | None = None
    cache_salt: str | None = None
