import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.output.tools import ToolCallParser

CALL = '{"name": "look_up", "arguments": {"city": "Zürich", "days": 2}}'
ARGUMENTS = '{"city": "Zürich", "days": 2}'


def parse(pieces: list[str]) -> tuple[str, list[tuple[int, str, str]]]:
    parser = ToolCallParser()
    outputs = [parser.push(piece) for piece in pieces]
    text = "".join(text for text, _ in outputs) + parser.flush()
    calls = [call for _, calls in outputs for call in calls]
    assert len({call.id for call in calls}) == len(calls)
    assert all(call.id.startswith("call_") for call in calls)
    return text, [(call.index, call.name, call.arguments) for call in calls]


@pytest.mark.parametrize(
    "body", [f"[{CALL}]", CALL, f"[{CALL}", f"{CALL}]", f" [ {CALL} ] ", f"\n[{CALL}]\n"]
)
def test_brackets_may_be_missing(body: str) -> None:
    assert parse([f"<TOOLCALL>{body}</TOOLCALL>"]) == ("", [(0, "look_up", ARGUMENTS)])


def test_several_calls_in_several_blocks_are_counted_on() -> None:
    text, calls = parse(
        [f"One. <TOOLCALL>[{CALL}, {CALL}]</TOOLCALL> two.", f"<TOOLCALL>{CALL}</TOOLCALL>"]
    )
    assert text == "One.  two."
    assert [index for index, _, _ in calls] == [0, 1, 2]


def test_arguments_given_as_text_stay_as_they_are() -> None:
    body = json.dumps([{"name": "f", "arguments": '{"a":1}'}])
    assert parse([f"<TOOLCALL>{body}</TOOLCALL>"]) == ("", [(0, "f", '{"a":1}')])


def test_entries_without_name_or_arguments_are_skipped() -> None:
    body = f'[{{"name": "f"}}, 3, {{"name": "", "arguments": {{}}}}, {CALL}]'
    assert parse([f"<TOOLCALL>{body}</TOOLCALL>"]) == ("", [(0, "look_up", ARGUMENTS)])


@pytest.mark.parametrize(
    "block",
    [
        "<TOOLCALL>[look_up(city='Bern')]</TOOLCALL>",
        "<TOOLCALL></TOOLCALL>",
        "<TOOLCALL>[]</TOOLCALL>",
        '<TOOLCALL>{"name": "f", "arguments": {</TOOLCALL>',
        '<TOOLCALL>{"name": "f"}</TOOLCALL>',
        '<TOOLCALL>{"name": "f", "arguments": {"a": NaN}}</TOOLCALL>',
        '<TOOLCALL>{"name": "f", "arguments": {"a": 1e999}}</TOOLCALL>',
        '<TOOLCALL>{"name": "f", "arguments": {"a": "\\ud800"}}</TOOLCALL>',
        '<TOOLCALL>{"name": "f", "arguments": ' + "[" * 100_000 + "</TOOLCALL>",
        f"<TOOLCALL>[{CALL}]",
        f"<TOOLCALL>[{CALL}]</TOOLCAL",
        "<TOOLCAL",
    ],
)
def test_a_block_that_cannot_be_parsed_is_text(block: str) -> None:
    assert parse([f"So: {block}"]) == (f"So: {block}", [])


def test_text_goes_on_while_no_tag_begins() -> None:
    parser = ToolCallParser()
    assert parser.push("a < b") == ("a < b", [])
    assert parser.push(" <TOOL") == (" ", [])
    assert parser.push("BOX>") == ("<TOOLBOX>", [])


@given(
    fragments=st.lists(
        st.sampled_from(["<TOOLCALL>", "</TOOLCALL>", "[", "]", CALL, ",", "text", "<", " "]),
        max_size=8,
    )
)
def test_result_is_the_same_wherever_the_text_is_cut(fragments: list[str]) -> None:
    text = "".join(fragments)
    assert parse(list(text)) == parse([text]) == parse(fragments)
