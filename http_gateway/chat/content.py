"""A message of the body, its parts, and the forms in which callers write them."""

import json
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Tag

from http_gateway.translation.json_body import Body, minus_one_to_none

Rate = Annotated[float | None, BeforeValidator(minus_one_to_none)]


def _as_url(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


def _as_json(value: object) -> object:
    """Arguments as the contract has them: JSON text, empty for none."""
    if value is None or value == []:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _source_tag(value: object) -> str | None:
    if isinstance(value, str):
        return "<url>"
    return "<urls>" if isinstance(value, list) else None


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
    "image": "image",
    "video_url": "video_url",
    "input_video": "video_url",
    "video": "video",
    "thinking": "thinking",
    "reasoning": "thinking",
}

# What a part without a type may have.
_KEYS = ("text", "image_url", "video_url", "image", "video")


def _part_tag(value: object) -> str | None:
    if isinstance(value, str):
        return "<string>"
    if not isinstance(value, dict):
        return None
    part: dict[str, object] = value  # pyright: ignore[reportUnknownVariableType]
    kind = part.get("type")
    if kind is None:
        kind = next((key for key in _KEYS if key in part), None)
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


class RatesBody(Body):
    """Rates beside a video, which go before those of the request.

    `fps` says how a file is sampled. Both, `sample_fps` first, say how many frames a second of the
    video were taken.
    """

    fps: Rate = None
    sample_fps: Rate = None


class VideoPart(RatesBody):
    video_url: Annotated[Url, BeforeValidator(_as_url)]


class BareImagePart(Body):
    """An image as the model families of the Hugging Face hub write it."""

    image: Annotated[Url, BeforeValidator(_as_url)]


class BareVideoPart(RatesBody):
    """The same for a video: a file, or the frames that the caller has taken from one."""

    video: Annotated[
        Annotated[str, Tag("<url>")] | Annotated[list[str], Tag("<urls>")],
        Discriminator(
            _source_tag,
            custom_error_type="video_kind",
            custom_error_message="neither a URL nor a list of them",
        ),
    ]


# Tags in angle brackets are left out of the paths in error messages.
Part = Annotated[
    Annotated[str, Tag("<string>")]
    | Annotated[TextPart, Tag("<text>")]
    | Annotated[RefusalPart, Tag("<refusal>")]
    | Annotated[ImagePart, Tag("<image_url>")]
    | Annotated[VideoPart, Tag("<video_url>")]
    | Annotated[BareImagePart, Tag("<image>")]
    | Annotated[BareVideoPart, Tag("<video>")]
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
    arguments: Annotated[str, BeforeValidator(_as_json)] = ""


class ToolCallBody(Body):
    id: str | None = None
    type: Literal["function"] | None = None
    function: FunctionCall


class MessageBody(Body):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content | None = None
    tool_calls: list[ToolCallBody] | None = None
    # How calls were written before there was more than one in a message.
    function_call: FunctionCall | None = None
    tool_call_id: str | None = None
