import pytest

from inference_server.errors import InvalidArgument
from inference_server.prompt.tool_schema import read_schema


def test_a_json_object_is_read() -> None:
    text = '{"type": "object", "properties": {"a": {"enum": [1, null]}}}'
    assert read_schema(text, field="f")["properties"] == {"a": {"enum": [1, None]}}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "1", "{", '{"a": NaN}', '{"a": 1e999}', '{"a": "\\ud800"}', '{"\\udfff": 1}']
    + ['{"a":' * depth + "{}" + "}" * depth for depth in (100, 100_000)],
)
def test_a_text_that_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_schema(text, field="tools[1].parameters_json_schema")
    assert caught.value.field == "tools[1].parameters_json_schema"


@pytest.mark.parametrize("depth", [65, 100, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]")])
def test_a_schema_that_is_nested_too_deeply_is_said_to_be(
    opening: str, closing: str, depth: int
) -> None:
    text = f'{{"a":{opening * depth}1{closing * depth}}}'
    with pytest.raises(InvalidArgument, match="nested at most 64 levels deep"):
        read_schema(text, field="f")
