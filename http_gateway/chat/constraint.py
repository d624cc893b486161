"""The one constraint on the answer's form, out of the many places where callers put it."""

from collections.abc import Iterator
from typing import Any

import orjson
from nemotron_vl.v1 import inference_pb2

from http_gateway.chat.body import ChatBody
from http_gateway.errors import InvalidRequest

_Found = tuple[str, inference_pb2.ResponseFormat]


def response_format(body: ChatBody) -> _Found | None:
    """The constraint and the parameter that asks for it, or None for free text."""
    found = list(_all(body))
    if len(found) > 1:
        names = " and ".join(f"`{param}`" for param, _ in found)
        raise InvalidRequest(f"Only one constraint can hold, not {names}.", param=found[1][0])
    return found[0] if found else None


def _all(body: ChatBody) -> Iterator[_Found]:
    yield from _openai(body)
    yield from _fields(
        "guided_", body.guided_json, body.guided_regex, body.guided_choice, body.guided_grammar
    )
    if body.nvext:
        ext = body.nvext
        yield from _fields(
            "nvext.guided_",
            ext.guided_json,
            ext.guided_regex,
            ext.guided_choice,
            ext.guided_grammar,
        )
    if body.structured_outputs:
        outputs = body.structured_outputs
        yield from _fields(
            "structured_outputs.",
            outputs.json_value,
            outputs.regex,
            outputs.choice,
            outputs.grammar,
        )
        if outputs.json_object:
            yield (
                "structured_outputs.json_object",
                inference_pb2.ResponseFormat(json_object=True),
            )


def _openai(body: ChatBody) -> Iterator[_Found]:
    wanted = body.response_format
    if wanted is None or wanted.type == "text":
        return
    if wanted.type == "json_object":
        yield "response_format", inference_pb2.ResponseFormat(json_object=True)
        return
    if wanted.json_schema is None or wanted.json_schema.json_schema is None:
        raise InvalidRequest(
            "`response_format.json_schema.schema` is required.", param="response_format.json_schema"
        )
    text = _schema_text(wanted.json_schema.json_schema, "response_format.json_schema.schema")
    yield "response_format", inference_pb2.ResponseFormat(json_schema=text)


def _fields(
    prefix: str, schema: Any, regex: str | None, choice: list[str] | None, grammar: str | None
) -> Iterator[_Found]:
    if schema is not None:
        param = prefix + "json"
        yield param, inference_pb2.ResponseFormat(json_schema=_schema_text(schema, param))
    if regex is not None:
        yield prefix + "regex", inference_pb2.ResponseFormat(regex=regex)
    if choice is not None:
        texts = inference_pb2.Alternatives(texts=choice)
        yield prefix + "choice", inference_pb2.ResponseFormat(alternatives=texts)
    if grammar is not None:
        yield prefix + "grammar", inference_pb2.ResponseFormat(grammar=grammar)


def _schema_text(schema: Any, param: str) -> str:
    if isinstance(schema, str):
        return schema
    if not isinstance(schema, dict | bool):
        raise InvalidRequest(f"`{param}` must be a JSON Schema.", param=param)
    return json_text(schema, param)


def json_text(value: Any, param: str) -> str:
    """Compact JSON. Raises InvalidRequest for numbers that other readers could not take."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        raise InvalidRequest(f"`{param}` holds a number out of range.", param=param) from None
