"""The body of POST /v1/chat/completions as pydantic models: shapes and types, no meaning.

Fields that nobody here knows are ignored. Those that are known but not honoured are refused where
they ask for anything but their neutral value (chat/unsupported.py). Ranges are the server's to
judge; here a number only has to fit into the message.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_url(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


def _as_choice(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _content_tag(value: object) -> str:
    return "<text>" if isinstance(value, str) else "<parts>"


_PART_KIND_BY_TYPE = {
    "text": "text",
    "input_text": "text",
    "output_text": "text",
    "refusal": "refusal",
    "image_url": "image_url",
    "input_image": "image_url",
    "video_url": "video_url",
    "input_video": "video_url",
    "thinking": "thinking",
    "reasoning": "thinking",
}


def _part_tag(value: object) -> str | None:
    if isinstance(value, str):
        return "<string>"
    if not isinstance(value, dict):
        return None
    part: dict[str, object] = value  # pyright: ignore[reportUnknownVariableType]
    kind = part.get("type")
    if kind is None:
        kind = next((key for key in ("text", "image_url", "video_url") if key in part), None)
    known = _PART_KIND_BY_TYPE.get(kind) if isinstance(kind, str) else None
    return f"<{known}>" if known else None


Int32 = Annotated[int, BeforeValidator(_whole), Field(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, BeforeValidator(_whole), Field(ge=-(2**63), le=2**63 - 1)]


class Body(BaseModel):
    """Strict about types, since "5" for 5 is a bug of the caller's; blind to unknown fields."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True
    )


class Options(Body):
    """Free-form in other servers. Here every key is known or refused."""

    model_config = ConfigDict(extra="forbid")


class Url(Body):
    url: str


class TextPart(Body):
    text: str


class RefusalPart(Body):
    refusal: str


class ThinkingPart(Body):
    """Reasoning of an earlier turn, which the prompt does not repeat."""


class ImagePart(Body):
    image_url: Annotated[Url, BeforeValidator(_as_url)]


class VideoPart(Body):
    video_url: Annotated[Url, BeforeValidator(_as_url)]


# Tags in angle brackets are taken out of the paths that callers see.
Part = Annotated[
    Annotated[str, Tag("<string>")]
    | Annotated[TextPart, Tag("<text>")]
    | Annotated[RefusalPart, Tag("<refusal>")]
    | Annotated[ImagePart, Tag("<image_url>")]
    | Annotated[VideoPart, Tag("<video_url>")]
    | Annotated[ThinkingPart, Tag("<thinking>")],
    Discriminator(
        _part_tag,
        custom_error_type="part_kind",
        custom_error_message="no such part",
    ),
]
Content = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[list[Part], Tag("<parts>")],
    Discriminator(_content_tag),
]


class FunctionCall(Body):
    name: str
    arguments: str = ""


class ToolCallBody(Body):
    id: str | None = None
    type: Literal["function"] = "function"
    function: FunctionCall


class MessageBody(Body):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Content | None = None
    tool_calls: list[ToolCallBody] | None = None
    tool_call_id: str | None = None


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


class NvExt(Body):
    guided_json: Any = None
    guided_regex: str | None = None
    guided_choice: list[str] | None = None
    guided_grammar: str | None = None
    ignore_eos: bool | None = None
    top_k: Int32 | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    greed_sampling: bool | None = None
    max_thinking_tokens: Int32 | None = None


class StreamOptions(Body):
    # An object without the key asks for it, as in vLLM.
    include_usage: bool | None = True


class VideoOptions(Options):
    fps: float | None = None
    num_frames: Int32 | None = None


class MediaOptions(Options):
    video: VideoOptions | None = None


class ProcessorOptions(Options):
    max_num_tiles: Int32 | None = None


class TemplateOptions(Body):
    enable_thinking: bool | None = None
    thinking: bool | None = None


class ChatBody(Body):
    """Every field that means something here; see the OpenAI, vLLM and NIM references for what."""

    model: str | None = None
    messages: list[MessageBody]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Int32 | None = None

    max_tokens: Int32 | None = None
    max_completion_tokens: Int32 | None = None
    min_tokens: Int32 | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: Int32 | None = None
    min_p: float | None = None
    seed: Int64 | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    stop: Annotated[list[str] | None, BeforeValidator(_as_list)] = None
    stop_token_ids: list[Int32] | None = None
    ignore_eos: bool | None = None
    include_stop_str_in_output: bool | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: Int32 | None = None

    tools: list[ToolBody] | None = None
    tool_choice: Annotated[ToolChoiceBody | None, BeforeValidator(_as_choice)] = None

    response_format: ResponseFormatBody | None = None
    structured_outputs: StructuredOutputs | None = None
    guided_json: Any = None
    guided_regex: str | None = None
    guided_choice: list[str] | None = None
    guided_grammar: str | None = None
    nvext: NvExt | None = None

    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = (
        None
    )
    chat_template_kwargs: TemplateOptions | None = None
    thinking_token_budget: Int32 | None = None
    include_reasoning: bool | None = None
    media_io_kwargs: MediaOptions | None = None
    mm_processor_kwargs: ProcessorOptions | None = None
