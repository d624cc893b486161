"""Whatever a model writes in a block of calls: every call comes out, and no markup."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.output.tools import ToolCallParser

CALL = '{"name": "look_up", "arguments": {"city": "Zürich", "days": 2}}'
ARGUMENTS = '{"city": "Zürich", "days": 2}'

Calls = list[tuple[str, str]]


def parse(pieces: Sequence[str], *, is_cut: bool = False, **options: Any) -> tuple[str, Calls]:
    """The text, and name and arguments of each call. Only the first piece has id and name."""
    parser = ToolCallParser(**options)
    outputs = [*map(parser.push, pieces), parser.flush(is_cut=is_cut)]
    calls: dict[int, tuple[str, str]] = {}
    ids: set[str] = set()
    for delta in (delta for _, deltas in outputs for delta in deltas):
        assert delta.HasField("id") == delta.HasField("name") == (delta.index not in calls)
        if delta.HasField("id"):
            assert delta.id.startswith("call_")
            ids.add(delta.id)
        name, arguments = calls.get(delta.index, (delta.name, ""))
        calls[delta.index] = name, arguments + delta.arguments
    assert list(calls) == list(range(len(ids)))
    return "".join(text for text, _ in outputs), list(calls.values())


def block(body: str) -> str:
    return f"<TOOLCALL>{body}</TOOLCALL>"


def one(value: str) -> str:
    return block(f'[{{"name": "f", "arguments": {value}}}]')


@pytest.mark.parametrize(
    "body",
    [f"[{CALL}]", CALL, f"[{CALL}", f"{CALL}]", f" [ {CALL} ] ", f"[[{CALL}]]", f"[{CALL}}}]"],
)
def test_brackets_may_be_missing_or_too_many(body: str) -> None:
    assert parse([block(body)]) == ("", [("look_up", ARGUMENTS)])


@pytest.mark.parametrize(
    "body", [f"```json\n[{CALL}]\n```", f"```\n{CALL}```", f"\n,[,{CALL},,]\n"]
)
def test_fences_and_punctuation_around_calls_are_not_shown(body: str) -> None:
    assert parse([block(body)]) == ("", [("look_up", ARGUMENTS)])


def test_several_calls_in_several_blocks_are_counted_on() -> None:
    text, calls = parse([f"One. {block(f'[{CALL}, {CALL}]')} two.{block(CALL)}"])
    assert text == "One.  two."
    assert len(calls) == 3


@pytest.mark.parametrize(
    "call",
    [
        '{"name": "f"}',
        '{"name": "f", "arguments": null}',
        '{"name": "f", "arguments": None}',
        '{"name": "f", "arguments": ""}',
        '{"name": "f", "arguments": "null"}',
        '{"name": "f", "arguments": []}',
        '{"name": "f", "arguments": "[]"}',
        '{"name": "f", "arguments": {}}',
        '{"name": "f", "arguments": "{}"}',
        '{"name": "f", "arguments": }',
        '{"name": "f", "arguments"}',
        '{"name": "f",}',
    ],
)
def test_arguments_that_are_none_are_an_empty_object(call: str) -> None:
    expected = [("f", "{}"), ("look_up", ARGUMENTS)]
    assert parse([block(f"[{call}, {CALL}]")]) == ("", expected)
    assert parse([block(f"[{CALL}, {call}]")]) == ("", expected[::-1])


@pytest.mark.parametrize(
    "value",
    [
        '{"a":"b\nc"}',
        '{"a": "b\\nc",}',
        "{'a': 'b\nc'}",
        '{a: "b\nc"}',
        '{"a" "b\nc"}',
        '"{\\"a\\": \\"b\\\\nc\\"}"',
    ],
)
def test_json_that_is_nearly_right_is_repaired(value: str) -> None:
    assert parse([one(value)]) == ("", [("f", '{"a": "b\\nc"}')])


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (r'{"a": "\d+\.\w"}', {"a": r"\d+\.\w"}),
        (r'{"a": "it\'s"}', {"a": "it's"}),
        (r"{'a': 'it's'}", {"a": "it's"}),
        ('{"a": "He said "hi" to me"}', {"a": 'He said "hi" to me'}),
        ('{"a": "</TOOLCALL>]}"}', {"a": "</TOOLCALL>]}"}),
        ('{"a": True, "b": None, "c": false}', {"a": True, "b": None, "c": False}),
        ('{"a": New York, "b": 1}', {"a": "New York", "b": 1}),
        ('{"a": [1, 2,, 3,]}', {"a": [1, 2, 3]}),
        ('{"a": [1, 2}', {"a": [1, 2]}),
        ('{"a": 1 "b": 2}', {"a": 1, "b": 2}),
        ('{"a": .5, "b": +1, "c": 2., "d": NaN}', {"a": 0.5, "b": 1, "c": 2.0, "d": None}),
        ('{"a": 007}', {"a": "007"}),
        (r'{"a": "\ud83e\udd8a"}', {"a": "🦊"}),
        (r'{"a": "\ud83e!"}', {"a": "\ufffd!"}),
        ('"Paris"', "Paris"),
        ("[1, 2]", [1, 2]),
        ('"[1, 2]"', [1, 2]),
    ],
)
def test_meaning_of_what_is_nearly_right(value: str, meant: object) -> None:
    text, [(name, arguments)] = parse([one(value)])
    assert (text, name) == ("", "f")
    assert json.loads(arguments) == meant


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "f", "parameters": {"a": 1}}',
        '{"name": "f", "args": {"a": 1}}',
        '{"name": "f", "input": {"a": 1}}',
        '{"arguments": {"a": 1}, "name": "f"}',
        '{"type": "function", "function": {"name": "f", "arguments": {"a": 1}}}',
        '{"id": "1", "function": {"name": "f", "arguments": "{\\"a\\":1}"}, "type": "function"}',
        '{"function": "f", "arguments": {"a": 1}}',
        '{"name": "f", "arguments": null, "parameters": {"a": 1}}',
        '{"name": "f", "arguments": {"a": 1}, "name": "g", "arguments": {"a": 2}}',
        '{"name": "f", "arguments": {"a": 1}',
        '{"name": "f", "arguments": {"a": 1',
    ],
)
def test_forms_of_a_call(body: str) -> None:
    assert parse([block(f"[{body}]")]) == ("", [("f", '{"a": 1}')])


def test_a_call_that_is_not_closed_does_not_swallow_the_next() -> None:
    body = '[{"name": "f", "arguments": {"a": 1}, {"name": "g", "arguments": {}}]'
    assert parse([block(body)]) == ("", [("f", '{"a": 1}'), ("g", "{}")])


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("[look_up(city='Bern')]", "[look_up(city='Bern')]"),
        (f"Sure: [{CALL}] done", "Sure: [ done"),
        ('[{"city": "Bern"}]', '{"city": "Bern"}'),
        ('[{"name": "", "arguments": {}}]', '{"name": "", "arguments": {}}'),
        ("", ""),
        ("[]", ""),
    ],
)
def test_what_is_no_call_is_text_without_its_tags(body: str, text: str) -> None:
    shown, _ = parse([f"So: {block(body)}"])
    assert shown.replace("Sure: [", "Sure:") == f"So: {text}".replace("Sure: [", "Sure:")


@pytest.mark.parametrize(
    "answer",
    [
        f"<TOOLCALL><TOOLCALL>[{CALL}]</TOOLCALL>",
        f"<TOOLCALL>[{CALL}]</TOOLCALL></TOOLCALL>",
        f"</TOOLCALL><TOOLCALL>[{CALL}]</TOOLCALL>",
        f"<TOOLCALL>[{CALL}<TOOLCALL>",
    ],
)
def test_tags_that_are_too_many_are_not_shown(answer: str) -> None:
    assert parse([answer]) == parse(list(answer)) == ("", [("look_up", ARGUMENTS)])


def test_deep_nesting_is_read() -> None:
    depth = 20_000
    text, [(_, arguments)] = parse([one('{"a": ' + "[" * depth + "]" * depth + "}")])
    assert text == ""
    assert arguments.count("[") == arguments.count("]") == depth


def test_text_goes_on_while_no_tag_begins() -> None:
    parser = ToolCallParser()
    assert parser.push("a < b") == ("a < b", [])
    assert parser.push(" <TOOL") == (" ", [])
    assert parser.push("BOX>") == ("<TOOLBOX>", [])


def test_name_comes_first_and_arguments_as_they_come() -> None:
    parser = ToolCallParser()
    pieces = ['<TOOLCALL>[{"name": "f",', ' "arguments": {"city": "Zü', 'rich", "days": 2', "}}]"]
    deltas = [parser.push(piece)[1] for piece in pieces]
    assert [[(d.name, d.arguments) for d in piece] for piece in deltas] == [
        [("f", "")],
        [("", '{"city": "Zü')],
        [("", 'rich", "days": ')],
        [("", "2}")],
    ]


def test_only_so_many_calls_are_read() -> None:
    answer = f"One. {block(f'[{CALL}, {CALL}]')} two."
    for pieces in ([answer], list(answer)):
        parser = ToolCallParser(max_calls=1)
        assert not parser.is_full
        outputs = [*map(parser.push, pieces), parser.flush()]
        assert parser.is_full
        assert parser.num_calls == 1
        assert "".join(text for text, _ in outputs) == "One. "


@pytest.mark.parametrize("text", ["<TOOLCAL", "<", "<T", "</TOOL"])
def test_a_cut_answer_ends_before_the_beginning_of_a_tag(text: str) -> None:
    assert parse([f"a {text}"], is_cut=True) == ("a ", [])
    assert parse([f"a {text}"]) == (f"a {text}", [])


def test_text_before_a_stop_string_is_no_tag() -> None:
    parser = ToolCallParser()
    assert parser.push("a <")[0] == "a "
    assert parser.flush(is_cut=True, next_text="\n")[0] == "<"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), values, max_size=3)
    ),
    max_leaves=8,
)
names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)
calls = st.lists(
    st.tuples(
        names,
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values, max_size=3),
    ),
    max_size=3,
)


def written(calls: Sequence[tuple[str, Any]], data: st.DataObject) -> str:
    ensure_ascii, indent = data.draw(st.booleans()), data.draw(st.sampled_from([None, 2]))
    entries = [{"name": name, "arguments": arguments} for name, arguments in calls]
    return json.dumps(entries, ensure_ascii=ensure_ascii, indent=indent)


def cut(text: str, data: st.DataObject) -> list[str]:
    borders = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    return [text[a:b] for a, b in zip([0, *borders], [*borders, len(text)], strict=True)]


@given(calls=calls, data=st.data())
def test_any_calls_come_out_wherever_the_text_is_cut(
    calls: list[tuple[str, Any]], data: st.DataObject
) -> None:
    text = f"I ask. {block(written(calls, data))} Wait."

    shown, read = parse([text])

    assert shown == "I ask.  Wait."
    assert [(name, json.loads(arguments)) for name, arguments in read] == calls
    assert [arguments for _, arguments in read] == [
        json.dumps(arguments, ensure_ascii=False) for _, arguments in calls
    ]
    assert parse(cut(text, data)) == parse(list(text)) == (shown, read)


@given(calls=calls, data=st.data())
def test_cut_off_anywhere_calls_are_a_beginning_and_no_markup_is_shown(
    calls: list[tuple[str, Any]], data: st.DataObject
) -> None:
    text = f"I ask. {block(written(calls, data))} Wait."
    _, whole = parse([text])
    end = data.draw(st.integers(0, len(text)))

    shown, read = parse(cut(text[:end], data), is_cut=True)

    assert "I ask.  Wait.".startswith(shown)
    assert len(read) <= len(whole)
    for number, ((name, arguments), (whole_name, whole_arguments)) in enumerate(
        zip(read, whole, strict=False), 1
    ):
        assert name == whole_name
        assert whole_arguments.startswith(arguments)
        assert number == len(read) or arguments == whole_arguments


@given(
    fragments=st.lists(
        st.sampled_from(
            [
                "<TOOLCALL>",
                "</TOOLCALL>",
                "[",
                "]",
                "{",
                "}",
                CALL,
                ",",
                ":",
                "text",
                "<",
                " ",
                '"',
                "'",
                "\\",
                '"name": "f"',
                '"arguments":',
                "null",
                "1",
            ]
        ),
        max_size=10,
    ),
    is_cut=st.booleans(),
)
def test_whatever_comes_is_read_the_same_wherever_it_is_cut(
    fragments: list[str], is_cut: bool
) -> None:
    text = "".join(fragments)
    whole = parse([text], is_cut=is_cut)
    assert parse(list(text), is_cut=is_cut) == parse(fragments, is_cut=is_cut) == whole
    if not is_cut:
        for _, arguments in whole[1]:
            json.loads(arguments)


@pytest.mark.parametrize("value", ['" {\\"a\\": 1}"', '"\\n\\t{\\"a\\":1}"'])
def test_a_string_that_holds_an_object_may_begin_with_blanks(value: str) -> None:
    for pieces in ([one(value)], list(one(value))):
        assert parse(pieces) == ("", [("f", '{"a": 1}')])
