"""Any JSON is read as it is written; what is nearly JSON becomes valid."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.lenient_json.reader import JsonReader
from inference_server.lenient_json.writer import JsonWriter

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
objects = st.dictionaries(texts, values, max_size=4)


def read(pieces: list[str], *, is_cut: bool = False) -> tuple[str, str]:
    """The value as the writer writes it, and what is left of the text."""
    reader, writer = JsonReader(), JsonWriter()
    written, rest = "", ""
    for piece in pieces:
        events, left = reader.push(piece)
        written += "".join(map(writer.write, events))
        rest += left
    return written + "".join(map(writer.write, reader.finish(is_cut=is_cut))), rest


@given(value=objects, data=st.data())
def test_any_object_is_read_in_any_pieces(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(
        value,
        ensure_ascii=data.draw(st.booleans()),
        indent=data.draw(st.sampled_from([None, 1])),
        separators=data.draw(st.sampled_from([(",", ":"), (", ", ": ")])),
    )
    borders = sorted({0, len(text), *data.draw(st.sets(st.integers(0, len(text)), max_size=4))})
    pieces = [text[start:end] for start, end in pairwise(borders)]

    assert read([*pieces, "] rest"]) == (json.dumps(value, ensure_ascii=False), "] rest")


@given(value=objects, data=st.data())
def test_what_is_read_of_a_cut_object_is_its_beginning(
    value: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(value)
    end = data.draw(st.integers(1, len(text)))
    written, _ = read([text[:end]], is_cut=True)
    assert json.dumps(value, ensure_ascii=False).startswith(written)


@given(
    pieces=st.lists(
        st.sampled_from([*"{}[]\",:\\'<\n", "1", "tru", "true", "a", "\\u12", "\\ud83e", " "]),
        max_size=12,
    )
)
def test_anything_after_a_bracket_becomes_valid(pieces: list[str]) -> None:
    text, rest = "{" + "".join(pieces), ""
    written, rest = read([text])
    assert isinstance(json.loads(written), dict)
    assert text.endswith(rest)
    assert read(list(text))[0] == written


@pytest.mark.parametrize("number", ["0", "-1", "1.0", "1e400", "-0.0", "12345678901234567890.50"])
def test_numbers_stay_digit_by_digit(number: str) -> None:
    assert read([f'{{"a":{number}}}'])[0] == f'{{"a": {number}}}'


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 50_000 + "]" * 50_000])
def test_no_depth_is_too_deep_for_the_reader(text: str) -> None:
    written, rest = read([text])
    assert rest == ""
    assert written.count("[") == written.count("]")
    assert written.count("{") == written.count("}")
