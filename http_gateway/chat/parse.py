"""Bytes of a request to ChatBody; what is wrong with them becomes an InvalidRequest."""

from collections.abc import Mapping, Sized
from typing import Any, cast

from http_gateway.chat.body import ChatBody
from http_gateway.chat.unsupported import refuse_unsupported
from http_gateway.translation.json_body import check_num_entries, read_object, validate


def parse_body(data: bytes) -> ChatBody:
    """The body of one request."""
    body = read_object(data)
    # Most of the memory that a request takes, unless the caller of this function keeps it.
    del data
    refuse_unsupported(body)
    _check_nums_of_entries(body)
    return validate(ChatBody, body)


def _check_nums_of_entries(body: Mapping[str, Any]) -> None:
    for name in ChatBody.model_fields:
        value = body.get(name)
        if isinstance(value, list | dict):
            check_num_entries(name, len(cast(Sized, value)))
    check_num_entries("messages", sum(map(_num_parts, _as_list(body.get("messages")))))


def _num_parts(message: object) -> int:
    if not isinstance(message, dict):
        return 0
    fields = cast(dict[str, object], message)
    return sum(len(_as_list(fields.get(name))) for name in ("content", "tool_calls"))


def _as_list(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []
