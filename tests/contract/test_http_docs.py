"""docs/http.md names every field of a chat request that the gateway knows, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from http_gateway.chat.body import ChatBody
from http_gateway.chat.unsupported import NEUTRAL_BY_PARAM
from http_gateway.translation.json_body import Body

DOCUMENT = Path(__file__).parents[2] / "docs/http.md"

# Described in words, not key by key.
WHOLE = {"messages", "tools", "tool_choice", "response_format"}


def bodies(annotation: Any) -> Iterator[type[Body]]:
    """The body models in a type."""
    if isinstance(annotation, type) and issubclass(annotation, Body):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, UnionType):
        for inner in get_args(annotation):
            yield from bodies(inner)


def fields(model: type[Body], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        path = prefix + (field.alias or name)
        inner = [] if path in WHOLE else list(bodies(field.annotation))
        if not inner:
            yield path
        for body in inner:
            yield from fields(body, f"{path}.")


def test_the_tables_list_exactly_the_fields_that_are_known() -> None:
    accepted, _, refused = DOCUMENT.read_text().partition("## Fields that are known")
    for text, known in ((accepted, set(fields(ChatBody))), (refused, set(NEUTRAL_BY_PARAM))):
        listed = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
        assert len(listed) == len(set(listed))
        assert set(listed) == known
