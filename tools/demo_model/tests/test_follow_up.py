from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from tools.demo_model.talk.follow_up import ask_bars_twice, ask_scene_twice
from tools.demo_model.talk.small_talk import refused
from tools.demo_model.talk.tools.conversation import tool_conversation, wish_without_tool
from tools.demo_model.talk.turn import Turn
from tools.demo_model.tests.facts import BARS, item, scene_of

pytestmark = pytest.mark.usefixtures("small_dictionary")


def _asked_twice(ask: Callable[[Random, Any], list[Turn]], facts: object) -> list[list[Turn]]:
    pairs = [ask(Random(seed), facts) for seed in range(400)]
    assert all(second.expected in second.answer for _, second in pairs)
    return pairs


def _second_answers(pairs: list[list[Turn]]) -> dict[str, set[str]]:
    """The second answers by the first one."""
    found: dict[str, set[str]] = {}
    for first, second in pairs:
        found.setdefault(first.answer, set()).add(second.answer)
    return found


def test_of_what_was_counted_its_color_its_place_or_the_rest_is_told() -> None:
    scene = scene_of(
        item("star", "red", 0.1, 0.1), item("heart", "blue", 0.5), item("heart", "blue", 0.9)
    )
    pairs = _asked_twice(ask_scene_twice, scene)
    assert _second_answers(pairs) == {
        "There is one star.": {
            "The star is red.",
            "The star is at the top left.",
            "I also see two blue hearts.",
        },
        "There are two hearts.": {"The hearts are blue.", "I also see a red star."},
    }
    asked = {
        second.question.lower() for _, second in pairs if second.answer == "The hearts are blue."
    }
    assert any("they" in question for question in asked)
    assert not any("heart" in question or " it" in question for question in asked)


def test_what_is_alone_in_a_scene_or_of_many_colors_is_told_so() -> None:
    scene = scene_of(item("star", "red", 0.38), item("star", "blue", 0.8))
    pairs = _asked_twice(ask_scene_twice, scene)
    assert _second_answers(pairs) == {"There are two stars.": {"There is nothing else."}}


def test_of_an_end_of_the_bars_its_value_its_color_or_the_other_end_is_told() -> None:
    facts = replace(BARS, is_colorful=True, colors=("red", "green", "blue"))
    assert _second_answers(_asked_twice(ask_bars_twice, facts)) == {
        "The highest bar is South.": {
            "The lowest bar is East.",
            "The value of South is 80.",
            "The bar for South is green.",
        },
        "The lowest bar is East.": {
            "The highest bar is South.",
            "The value of East is 5.",
            "The bar for East is blue.",
        },
        "There are three bars.": {"The bars are North, South and East."},
    }


def test_groups_of_bars_are_not_asked_about_twice() -> None:
    groups = replace(BARS, series=("2001", "2002"), values=((1, 2, 3), (3, 2, 1)))
    assert ask_bars_twice(Random(0), groups) == []


def test_a_wish_without_a_tool_is_refused() -> None:
    turns = [wish_without_tool(Random(seed)) for seed in range(40)]
    assert {turn.answer for turn in turns} == {refused("").answer}
    assert len({turn.question for turn in turns}) > 35


def test_thanks_for_a_tool_s_answer_bring_no_other_call() -> None:
    num_thanked = 0
    for seed in range(300):
        made = tool_conversation(Random(seed), False)
        if made.messages[-1]["content"] == "You are welcome!" and len(made.messages) > 4:
            num_thanked += 1
            roles = [message["role"] for message in made.messages[-4:]]
            assert roles == ["tool", "assistant", "user", "assistant"]
            assert made.facts["skill"] == "chat"
    assert num_thanked > 5
