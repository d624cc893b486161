"""Answers that the judge accepts, and answers that it rejects."""

import json
from typing import Any

import pytest
from nemotron_vl.v1.content_pb2 import ToolCall
from nemotron_vl.v1.inference_pb2 import (
    FINISH_REASON_LENGTH,
    FINISH_REASON_STOP,
    FINISH_REASON_TOOL_CALLS,
    Choice,
    Finish,
)

from tools.demo_model.evaluation.judge import CHECKS, skill_of
from tools.demo_model.sample import Sample

_BOOKING = {
    "type": "function",
    "function": {
        "name": "book_room",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "nights": {"type": "integer"},
                "with_bath": {"type": "boolean"},
            },
            "required": ["city", "nights"],
        },
    },
}
_WANTED = {"city": "Lima", "nights": 2}


def _sample(expected: str, skill: str = "kind", **facts: Any) -> Sample:
    values = {"skill": skill, "expected": expected, "is_thinking": False, "picture": {}} | facts
    return Sample(kind="test", messages=[], facts=values, tools=[_BOOKING])


def _said(text: str) -> Choice:
    return Choice(text=text, finish=Finish(reason=FINISH_REASON_STOP))


def _called(name: str, arguments: str) -> Choice:
    call = ToolCall(name=name, arguments=arguments)
    return Choice(tool_calls=[call], finish=Finish(reason=FINISH_REASON_TOOL_CALLS))


@pytest.mark.parametrize(
    ("check", "expected", "text", "is_right"),
    [
        ("picture kind", "bar chart", "This is a bar chart.", True),
        ("picture kind", "bar chart", "A Bar Graph titled Sales", True),
        ("picture kind", "bar chart", "This is a line chart.", False),
        ("picture kind", "bar chart", "This is a bar chart or a table.", False),
        ("picture kind", "bar chart", "This is a chart.", False),
        ("picture kind", "text", "This is a piece of text.", True),
        ("picture kind", "text", "This is a texture.", False),
        ("picture kind", "shapes", "This is a picture of colored shapes.", True),
        ("picture kind", "diagram", "A flowchart.", True),
        ("count up to six", "three", "There are three circles.", True),
        ("count up to six", "three", "3", True),
        ("count up to six", "three", "Three: 3 of them", True),
        ("count up to six", "three", "There are 13.", False),
        ("count up to six", "three", "Two or three.", False),
        ("count up to six", "three", "Some.", False),
        ("color", "gray", "It is grey.", True),
        ("color", "red", "The circle is red.", True),
        ("color", "red", "It is red or orange.", False),
        ("color", "red", "It is colored.", False),
        ("exact title", "Total Sales", 'The title is "Total Sales".', True),
        ("exact title", "Total Sales", "Total Sales", True),
        ("exact title", "Total Sales", 'The title is "Total Sales 2020".', False),
        ("exact title", "Total Sales", "The title is Total sales.", False),
        ("exact title", "Total Sales", "Subtotal Salesman", False),
        ("highest bar", "North", "The highest bar is North.", True),
        ("highest bar", "North", "The highest bar is North East.", False),
        ("highest bar", "North East", "The highest bar is North East.", True),
        ("highest bar", "North", "North, not South.", False),
        ("highest bar", "North", "The north one.", False),
        ("any bar", "North", "The highest bar is South.", True),
        ("any bar", "North", "The highest bar is Nort.", False),
        ("any bar", "North", "North, not South.", False),
    ],
)
def test_judges_text_strictly(check: str, expected: str, text: str, is_right: bool) -> None:
    sample = _sample(expected, picture={"categories": ("North", "North East", "South")})
    assert CHECKS[check].passes(sample, _said(text)) is is_right


@pytest.mark.parametrize(
    ("kind", "caption", "is_right"),
    [
        ("bar chart", 'A horizontal bar chart titled "Sales".', True),
        ("bar chart", "A bar chart with two bars for A and B.", True),
        ("bar chart", 'The title is "A bar chart".', False),
        ("bar chart", "A line chart.", False),
        ("bar chart", "Yes", False),
        ("text", "A picture of text that says Hello.", True),
        ("text", 'A text with the heading "A table".', True),
        ("text", "A table of text.", False),
        ("table", "A bar table.", False),
        ("objects", "A picture of two dogs on a white background.", True),
        ("objects", "A picture of a dog.", True),
        ("objects", "A picture of a cat.", False),
        ("objects", "I see two dogs.", False),
    ],
)
def test_a_caption_says_first_what_the_picture_is(kind: str, caption: str, is_right: bool) -> None:
    items = [{"name": "dog", "plural": "dogs"}] * 2 if kind == "objects" else []
    facts = _sample("whatever", "caption", picture={"items": items}).facts
    sample = Sample(kind=kind, messages=[], facts=facts)
    assert CHECKS["caption in other words"].passes(sample, _said(caption)) is is_right


@pytest.mark.parametrize(
    ("arguments", "is_well_formed", "is_exact"),
    [
        (_WANTED, True, True),
        (_WANTED | {"city": "Oslo"}, True, False),
        (_WANTED | {"with_bath": True}, True, False),
        (_WANTED | {"with_bath": 1}, False, False),
        (_WANTED | {"nights": "2"}, False, False),
        (_WANTED | {"nights": True}, False, False),
        (_WANTED | {"pets": 1}, False, False),
        ({"city": "Lima"}, False, False),
        (["Lima", 2], False, False),
    ],
)
def test_a_call_satisfies_its_parameters(
    arguments: Any, is_well_formed: bool, is_exact: bool
) -> None:
    sample = _sample("Lima", "tool call", call={"name": "book_room", "arguments": _WANTED})
    choice = _called("book_room", json.dumps(arguments))
    assert CHECKS["tool call well-formed"].passes(sample, choice) is is_well_formed
    assert CHECKS["tool call exact"].passes(sample, choice) is is_exact


@pytest.mark.parametrize(
    "choice",
    [
        _called("book_table", json.dumps(_WANTED)),
        _called("book_room", '{"city": "Lima"'),
        _said('<TOOLCALL>[{"name": "book_room"}]'),
    ],
    ids=("another tool", "broken JSON", "no call"),
)
def test_what_is_no_good_call(choice: Choice) -> None:
    sample = _sample("Lima", "tool call", call={"name": "book_room", "arguments": _WANTED})
    assert not CHECKS["tool call well-formed"].passes(sample, choice)


def test_reasoning_is_closed_by_an_answer() -> None:
    check, sample = CHECKS["reasoning closed"], _sample("red")
    stop = Finish(reason=FINISH_REASON_STOP)
    call = ToolCall(name="book_room", arguments="{}")
    assert check.passes(sample, Choice(reasoning="I look.", text="Red.", finish=stop))
    assert check.passes(sample, Choice(reasoning="I look.", tool_calls=[call], finish=stop))
    assert not check.passes(sample, Choice(reasoning="I look.", finish=stop))
    assert not check.passes(sample, Choice(text="Red.", finish=stop))


def test_an_answer_that_did_not_end_is_wrong() -> None:
    finish = Finish(reason=FINISH_REASON_LENGTH)
    assert not CHECKS["color"].passes(_sample("red"), Choice(text="It is red", finish=finish))


@pytest.mark.parametrize(
    ("skill", "expected", "examined"),
    [
        ("kind", "table", "kind"),
        ("count", "six", "count"),
        ("count", "seven", None),
        ("color", "red", "color"),
        ("color", "red and blue", None),
        ("title", "Cost of Goods", "title"),
        ("title", "Total Cost of Goods", None),
        ("chat", "Hello.", None),
    ],
)
def test_only_what_the_goals_speak_of_is_examined(
    skill: str, expected: str, examined: str | None
) -> None:
    assert skill_of(_sample(expected, skill)) == examined


def test_whatever_is_thought_about_examines_the_reasoning() -> None:
    assert skill_of(_sample("Hello.", "chat", is_thinking=True)) == "reasoning"
