"""Bytes of a request to ChatBody; what is wrong with them becomes an InvalidRequest."""

from collections.abc import Sized
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from http_gateway.chat.body import ChatBody
from http_gateway.chat.unsupported import refuse_unsupported
from http_gateway.errors import InvalidRequest

_FAULT_BY_TYPE = {
    "missing": "is required",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "string_type": "must be a string",
    "bool_type": "must be true or false",
    "int_type": "must be an integer",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "is out of range",
    "less_than_equal": "is out of range",
    "extra_forbidden": "is not an option of this server",
    "content_kind": "must be a string or a list of parts",
    "part_kind": "must be a text, an image_url or a video_url part",
}

# No body may keep the event loop for long: reading JSON and judging it lock the interpreter, and a
# thread would not help. A picture of some megabytes is one string and takes milliseconds. What
# takes seconds is a million small things, and how many there are can be told from a few bytes. The
# bounds are far above what a prompt can hold; escapes are more, since some callers escape each "/",
# of which the largest video has 1.3 million in base64.
_MAX_BY_BYTE = {b",": 2**17, b"[": 2**17, b"{": 2**17, b"\\": 2**21}
# After so many finds, below every bound above, the rest is counted.
_MAX_HOPS = 1024

# To judge an entry takes longer than to read it.
_MAX_ENTRIES = 8192


def parse_body(data: bytes | bytearray) -> ChatBody:
    """The body, typed. Of a key given twice the last one counts, as everywhere else."""
    _refuse_crumbs(data)
    try:
        value = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidRequest(f"The body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidRequest("The body must be a JSON object.")
    body = cast(dict[str, Any], value)
    refuse_unsupported(body)
    _refuse_countless(body)
    try:
        return ChatBody.model_validate(body)
    except ValidationError as error:
        raise _invalid(error.errors(include_url=False, include_input=False)[0]) from None


def _refuse_crumbs(data: bytes | bytearray) -> None:
    for byte, limit in _MAX_BY_BYTE.items():
        if _has_more(data, byte, limit):
            raise InvalidRequest(f"The body has more than {limit} of the sign '{byte.decode()}'.")


def _has_more(data: bytes | bytearray, byte: bytes, limit: int) -> bool:
    # Hops over long strings many times faster than `count` reads them; where the hops are short,
    # `count` is faster.
    position = -1
    for _ in range(_MAX_HOPS):
        position = data.find(byte, position + 1)
        if position < 0:
            return False
    return data.count(byte, position + 1) > limit - _MAX_HOPS


def _refuse_countless(body: dict[str, Any]) -> None:
    for name in ChatBody.model_fields:
        value = body.get(name)
        if isinstance(value, list | dict):
            _check_count(name, len(cast(Sized, value)))
    _check_count("messages", sum(map(_num_parts, _as_list(body.get("messages")))))


def _num_parts(message: object) -> int:
    if not isinstance(message, dict):
        return 0
    fields = cast(dict[str, object], message)
    return sum(len(_as_list(fields.get(name))) for name in ("content", "tool_calls"))


def _as_list(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []


def _check_count(param: str, count: int) -> None:
    if count > _MAX_ENTRIES:
        raise InvalidRequest(f"`{param}` has more than {_MAX_ENTRIES} entries.", param=param)


def _invalid(error: ErrorDetails) -> InvalidRequest:
    param = _path(error["loc"])
    fault = _FAULT_BY_TYPE.get(error["type"], "is not valid")
    if expected := error.get("ctx", {}).get("expected"):
        fault = f"must be {expected}"
    return InvalidRequest(f"`{param}` {fault}.", param=param)


def _path(loc: tuple[int | str, ...]) -> str:
    path = ""
    for step in loc:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.startswith("<"):
            path += f".{step}" if path else step
    return path
