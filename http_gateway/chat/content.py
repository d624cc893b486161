"""A message of the body, its parts, and the forms in which callers write them."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Tag

from http_gateway.translation.json_body import Body


def _as_url(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


def _content_tag(value: object) -> str | None:
    if isinstance(value, str):
        return "<text>"
    return "<parts>" if isinstance(value, list) else None


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


class Url(Body):
    url: str


class TextPart(Body):
    text: str


class RefusalPart(Body):
    refusal: str


class ThinkingPart(Body):
    """Reasoning of an earlier turn, which is left out of the prompt."""


class ImagePart(Body):
    image_url: Annotated[Url, BeforeValidator(_as_url)]


class VideoPart(Body):
    video_url: Annotated[Url, BeforeValidator(_as_url)]


# Tags in angle brackets are left out of the paths in error messages.
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
    Discriminator(
        _content_tag,
        custom_error_type="content_kind",
        custom_error_message="neither text nor parts",
    ),
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
