"""The mock engine's tool calls: those that the user names, with arguments made from the schema."""

import json
import re
from collections.abc import Sequence
from typing import Any

_EXAMPLES: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
_TOOL = "tools?"


def write_calls(tools: Sequence[dict[str, Any]], wish: str) -> str:
    """Calls every tool that `wish` names, in order of the tools. If it names none, but has the word
    tool in it, calls the first one. Otherwise the text is empty.
    """
    called = [tool for tool in tools if _has_word(re.escape(tool["name"]), wish)]
    if not called and _has_word(_TOOL, wish):
        called = list(tools[:1])
    if not called:
        return ""
    calls = [
        {"name": tool["name"], "arguments": _properties(tool.get("parameters"))} for tool in called
    ]
    return f"<TOOLCALL>{json.dumps(calls, ensure_ascii=False)}</TOOLCALL>"


def _has_word(pattern: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){pattern}(?![\w-])", text, re.IGNORECASE))


def _properties(schema: Any) -> dict[str, Any]:
    """An example of each property of an object's schema."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return {}
    return {name: _example(name, value) for name, value in properties.items()}


def _example(name: str, schema: Any) -> Any:
    """The value that the schema itself gives, or one of its type. A string says its own name."""
    if not isinstance(schema, dict):
        return name
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("enum", "examples"):
        if isinstance(values := schema.get(key), list) and values:
            return values[0]
    for key in ("anyOf", "oneOf"):
        if isinstance(choices := schema.get(key), list) and choices:
            return _example(name, choices[0])
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind == "object":
        return _properties(schema)
    if kind == "array":
        return [_example(name, schema.get("items"))]
    return _EXAMPLES.get(kind, name) if isinstance(kind, str) else name
