from typing import Any

import pytest
from google.protobuf import text_format
from nemotron_vl.v1 import inference_pb2

from tests.http_gateway.chat.building import fault, with_hello


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"response_format": {"type": "text"}}, ""),
        ({"response_format": {"type": "json_object"}}, "json_object: true"),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "x", "schema": {"type": "string"}},
                }
            },
            """json_schema: '{"type":"string"}'""",
        ),
        ({"guided_json": {"type": "string"}}, """json_schema: '{"type":"string"}'"""),
        ({"guided_json": '{"type": "string"}'}, """json_schema: '{"type": "string"}'"""),
        ({"guided_regex": "a+"}, 'regex: "a+"'),
        ({"guided_choice": ["a", "b"]}, 'alternatives { texts: "a" texts: "b" }'),
        ({"guided_grammar": "start: X"}, 'grammar: "start: X"'),
        ({"nvext": {"guided_regex": "a+"}}, 'regex: "a+"'),
        ({"structured_outputs": {"json": {}}}, 'json_schema: "{}"'),
        ({"structured_outputs": {"json_object": True}}, "json_object: true"),
    ],
)
def test_constraints(fields: dict[str, Any], expected: str) -> None:
    constraint = with_hello(**fields).generation.response_format
    assert constraint == text_format.Parse(expected, inference_pb2.ResponseFormat())


def test_a_constraint_is_known_by_the_name_that_asked_for_it() -> None:
    chat = with_hello(nvext={"guided_regex": "a+"})
    assert chat.params.param("response_format.regex") == "nvext.guided_regex"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"guided_regex": "a", "guided_choice": ["a"]}, "guided_choice"),
        ({"guided_regex": "a", "response_format": {"type": "json_object"}}, "guided_regex"),
        ({"guided_json": 5}, "guided_json"),
        ({"guided_json": {"maximum": 10**30}}, "guided_json"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    ],
)
def test_refuses_two_constraints_and_broken_ones(fields: dict[str, Any], param: str) -> None:
    assert fault(**fields) == param
