"""Bodies to requests, as the gateway makes them."""

import json
from typing import Any

import pytest
from google.protobuf import text_format
from nemotron_vl.v1 import inference_pb2

from http_gateway.chat.parse import parse_body
from http_gateway.chat.request import ChatRequest, build_request
from http_gateway.errors import InvalidRequest

PNG = "data:image/png;base64,iVBORw0KGgo="
HELLO = [{"role": "user", "content": "hello"}]


def build(body: dict[str, Any]) -> ChatRequest:
    return build_request(parse_body(json.dumps(body).encode()))


def with_hello(**fields: Any) -> ChatRequest:
    return build({"messages": HELLO} | fields)


def fault(**fields: Any) -> str | None:
    """The parameter at fault."""
    with pytest.raises(InvalidRequest) as raised:
        with_hello(**fields)
    return raised.value.param


def expect(text: str) -> inference_pb2.Generation:
    return text_format.Parse(text, inference_pb2.Generation())
