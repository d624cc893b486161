"""Bytes of a request to a typed body. Anything wrong with them becomes an InvalidRequest.

Every dialect's body is a `Body`: strict types, and numbers that fit into the message.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, from_json

from http_gateway.errors import MAX_REPEATED, InvalidRequest, PayloadTooLarge

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
    "content_kind": "must be a string or a list of parts",
    "part_kind": "must be a text, an image_url or a video_url part",
    "video_kind": "must be a URL or a list of URLs",
}

# No body may keep the event loop for long: reading and validating JSON hold the interpreter lock,
# so a thread would not help. An image of some megabytes is one string and takes milliseconds. A
# million small values take seconds, and a count of a few bytes tells how many there are. The limits
# are far above what a prompt can hold. Backslashes have a higher one: some callers escape each "/",
# and base64 of the largest video has 1.3 million of them.
_MAX_BY_BYTE = {b",": 2**17, b"[": 2**17, b"{": 2**17, b'"': 2**20, b"\\": 2**21}
# After so many finds, fewer than any limit above, the rest is counted.
_MAX_HOPS = 1024

# One character beyond ASCII makes its whole string take up to four times its bytes. No prompt that
# fits into the context has so much text; base64 of media is ASCII.
_MAX_WIDE_BYTES = 8 * 2**20

# Validating an entry takes longer than reading it.
_MAX_ENTRIES = 8192


def _to_whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Int32 = Annotated[int, BeforeValidator(_to_whole), Field(ge=-(2**31), le=2**31 - 1)]


def _to_int64(value: int) -> int:
    """The same 64 bits with a sign, as the contract has them."""
    return value - 2**64 if value >= 2**63 else value


# Signed as in the contract, or unsigned as random generators give them.
Seed = Annotated[
    int,
    BeforeValidator(_to_whole),
    Field(ge=-(2**63), le=2**64 - 1),
    AfterValidator(_to_int64),
]


def minus_one_to_none(value: object) -> object:
    """Some clients write -1 for a number that is not given."""
    return None if value == -1 and not isinstance(value, bool) else value


Count = Annotated[Int32 | None, BeforeValidator(minus_one_to_none)]


class Body(BaseModel):
    """Strict about types, since "5" for 5 is a bug of the caller's. Unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, allow_inf_nan=False)


B = TypeVar("B", bound=Body)


def read_object(data: bytes) -> dict[str, Any]:
    """The JSON object in these bytes. The last of several equal keys counts, as everywhere else."""
    _check_num_values(data)
    _check_num_wide_bytes(data)
    try:
        # A byte order mark, which some platforms write before every text.
        value = from_json(data.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
    except ValueError as error:
        raise InvalidRequest(f"The body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return cast(dict[str, Any], value)


def validate(kind: type[B], body: Mapping[str, Any]) -> B:
    """The body with its types. The error names the first parameter that is wrong."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise _invalid(error.errors(include_url=False, include_input=False)[0]) from None


def check_num_entries(param: str, num_entries: int) -> None:
    """Raises InvalidRequest where a parameter has too many entries to validate."""
    if num_entries > _MAX_ENTRIES:
        raise InvalidRequest(f"`{param}` has more than {_MAX_ENTRIES} entries.", param=param)


def _check_num_values(data: bytes) -> None:
    for byte, limit in _MAX_BY_BYTE.items():
        if _has_more(data, byte, limit):
            raise InvalidRequest(f"The body has more than {limit} '{byte.decode()}' characters.")


def _check_num_wide_bytes(data: bytes) -> None:
    if len(data) <= _MAX_WIDE_BYTES or (data.isascii() and b"\\u" not in data):
        return
    if _num_wide_bytes(data) > _MAX_WIDE_BYTES:
        raise PayloadTooLarge(
            f"The body has more than {_MAX_WIDE_BYTES} bytes of texts with characters beyond ASCII."
        )


def _num_wide_bytes(data: bytes) -> int:
    """The bytes of the strings that have a character beyond ASCII or may have one, as an escape."""
    total = num_bytes = 0
    is_wide = False
    for piece in data.split(b'"'):
        num_bytes += len(piece)
        is_wide = is_wide or not piece.isascii() or b"\\u" in piece
        # Or the quote may be an escaped one, inside the string.
        if not piece.endswith(b"\\"):
            total += num_bytes if is_wide else 0
            num_bytes, is_wide = 0, False
    return total + (num_bytes if is_wide else 0)


def _has_more(data: bytes, byte: bytes, limit: int) -> bool:
    # `find` skips long strings many times faster than `count` reads them; where the skips are
    # short, `count` is faster.
    position = -1
    for _ in range(_MAX_HOPS):
        position = data.find(byte, position + 1)
        if position < 0:
            return False
    return data.count(byte, position + 1) > limit - _MAX_HOPS


def _invalid(error: ErrorDetails) -> InvalidRequest:
    param = _path(error["loc"])
    fault = _FAULT_BY_TYPE.get(error["type"], "is not valid")
    if error["type"] == "no_such_option":
        option = error.get("ctx", {})
        param += f".{option['key']}"
        fault = f"is not an option of this server, which has {option['names']}"
    if expected := error.get("ctx", {}).get("expected"):
        fault = f"must be {expected}"
    return InvalidRequest(f"`{param}` {fault}.", param=param)


def _path(loc: tuple[int | str, ...]) -> str:
    path = ""
    for step in loc:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.startswith("<"):
            # A key of the caller's may be as long as the body.
            path += f".{step[:MAX_REPEATED]}" if path else step[:MAX_REPEATED]
    return path
