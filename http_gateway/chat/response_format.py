"""The constraint on the answer's form, from the many parameters that can set it."""

from collections.abc import Iterator
from typing import Any

import orjson
from nemotron_vl.v1 import inference_pb2

from http_gateway.chat.body import ChatBody, Guided, StructuredOutputs
from http_gateway.errors import InvalidRequest

_Found = tuple[str, inference_pb2.ResponseFormat]


def response_format(body: ChatBody) -> _Found | None:
    """The constraint and the parameter that asks for it, or None for free text."""
    found = list(_all(body))
    if len(found) > 1:
        names = " and ".join(f"`{param}`" for param, _ in found)
        raise InvalidRequest(f"Give only one constraint, not {names}.", param=found[1][0])
    return found[0] if found else None


def _all(body: ChatBody) -> Iterator[_Found]:
    yield from _openai(body)
    yield from _guided("guided_", body)
    if body.nvext:
        yield from _guided("nvext.guided_", body.nvext)
    if body.structured_outputs:
        yield from _structured("structured_outputs.", body.structured_outputs)


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


def _guided(prefix: str, names: Guided) -> Iterator[_Found]:
    outputs = StructuredOutputs(
        json=names.guided_json,
        regex=names.guided_regex,
        choice=names.guided_choice,
        grammar=names.guided_grammar,
    )
    return _structured(prefix, outputs)


def _structured(prefix: str, outputs: StructuredOutputs) -> Iterator[_Found]:
    if outputs.json_value is not None:
        param = prefix + "json"
        text = _schema_text(outputs.json_value, param)
        yield param, inference_pb2.ResponseFormat(json_schema=text)
    if outputs.regex is not None:
        yield prefix + "regex", inference_pb2.ResponseFormat(regex=outputs.regex)
    if outputs.choice is not None:
        texts = inference_pb2.Alternatives(texts=outputs.choice)
        yield prefix + "choice", inference_pb2.ResponseFormat(alternatives=texts)
    if outputs.grammar is not None:
        yield prefix + "grammar", inference_pb2.ResponseFormat(grammar=outputs.grammar)
    if outputs.json_object:
        yield prefix + "json_object", inference_pb2.ResponseFormat(json_object=True)


def _schema_text(schema: Any, param: str) -> str:
    if isinstance(schema, str):
        return schema
    if not isinstance(schema, dict | bool):
        raise InvalidRequest(f"`{param}` must be a JSON Schema.", param=param)
    return json_text(schema, param)


def json_text(value: Any, param: str) -> str:
    """Compact JSON. Raises InvalidRequest for numbers that other readers cannot parse."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        raise InvalidRequest(f"`{param}` holds a number out of range.", param=param) from None
