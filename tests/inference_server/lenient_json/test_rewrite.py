"""Valid JSON is written as the reader and the writer would write it, only faster."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.lenient_json.reader import JsonReader
from inference_server.lenient_json.rewrite import rewritten
from inference_server.lenient_json.writer import JsonWriter

texts = st.text(st.characters(), max_size=6) | st.sampled_from(
    ["\ud83d\ude00", "\ud83d", "\ude00x", '\\"', ",: {}[]", "\x00\n\x7f\u2028", "<TOOLCALL>"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner | texts, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
).filter(lambda value: isinstance(value, dict | list))


@given(value=values, is_escaped=st.booleans(), indent=st.sampled_from([None, 0, 3]))
def test_any_value_is_written_as_the_reader_reads_it(
    value: Any, is_escaped: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=is_escaped, indent=indent)
    if not is_escaped:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    writer = JsonWriter()
    events, _ = JsonReader().push(text)
    assert rewritten(text) == "".join(map(writer.write, events))


@pytest.mark.parametrize("text", ["", "null", '"a"', "1", "{", "[NaN]", "[1", "{'a': 1}"])
def test_what_is_no_object_or_array_stays_as_it_is(text: str) -> None:
    assert rewritten(text) == text


def test_a_text_nested_beyond_what_a_parser_takes_stays_as_it_is() -> None:
    text = "[" * 100_000 + "]" * 100_000
    assert rewritten(text) == text


def test_numbers_keep_their_digits() -> None:
    assert rewritten("[1.50,-0e+07,12345678901234567890]") == "[1.50, -0e+07, 12345678901234567890]"
