"""Reads the JSON Schema of a tool's parameters, and refuses what the template could not write."""

import json
from typing import Any

from inference_server.errors import InvalidArgument

# Far beyond any real schema, and far below Python's own limit on recursion.
_MAX_DEPTH = 64


def read_schema(text: str, *, field: str) -> dict[str, Any]:
    """Raises InvalidArgument for anything but a JSON object that can be written as JSON again.

    That leaves out NaN, lone surrogates and endless nesting.
    """
    try:
        schema = json.loads(text)
        json.dumps(schema, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise InvalidArgument("A tool's parameters must be valid JSON.", field=field) from None
    except RecursionError:
        raise _too_deep(field) from None
    if not isinstance(schema, dict):
        raise InvalidArgument("A tool's parameters must be a JSON object.", field=field)
    if _depth(schema) > _MAX_DEPTH:
        raise _too_deep(field)
    return schema


def _too_deep(field: str) -> InvalidArgument:
    return InvalidArgument(
        f"A tool's parameters may be nested at most {_MAX_DEPTH} levels deep.", field=field
    )


def _depth(value: Any) -> int:
    """Counts level by level and not by recursion, so that no depth is too deep to be counted."""
    depth, level = 0, [value]
    while level := [item for parent in level for item in _items(parent)]:
        depth += 1
    return depth


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
