import itertools
import re
from dataclasses import replace
from random import Random

import pytest

from tools.demo_model.talk.caption_request import ask_caption
from tools.demo_model.talk.charts.bars import ask_bars, caption_bars
from tools.demo_model.talk.english import listing, number_word, some
from tools.demo_model.talk.scenes.position import ask_order, place_of
from tools.demo_model.talk.scenes.scene import ask_scene, caption_scene, contents
from tools.demo_model.talk.tools.conversation import tool_conversation
from tools.demo_model.talk.tools.errand import use_errand_tool
from tools.demo_model.talk.tools.everyday import other_everyday_tool, use_everyday_tool
from tools.demo_model.talk.tools.invented import invent_tool, use_invented_tool
from tools.demo_model.talk.turn import Turn, in_short, typed
from tools.demo_model.tests.facts import BARS, item, scene_of

pytestmark = pytest.mark.usefixtures("small_dictionary")


def test_numbers_and_lists_read_as_english() -> None:
    assert some(1, "owl", "owls") == "an owl"
    assert some(3, "dog", "dogs") == "three dogs"
    assert listing(["a"]) == "a"
    assert listing(["a", "b", "c"]) == "a, b and c"


def test_a_bar_caption_names_title_bars_and_extremes() -> None:
    for seed in range(20):
        caption = caption_bars(Random(seed), BARS)
        assert 'bar chart titled "Annual Revenue"' in caption
        assert "three bars" in caption
        assert "North, South and East" in caption
        assert caption.index("South", caption.index("East")) > 0


def test_bar_answers_agree_with_the_values() -> None:
    expected = {
        "highest": "South",
        "second": "North",
        "lowest": "East",
        "chart count": "three",
        "color": "blue",
        "reading": "North, South and East",
    }
    skills = set()
    for seed in range(400):
        turn = ask_bars(Random(seed), BARS)
        skills.add(turn.skill)
        assert turn.expected in turn.answer
        if turn.skill in expected:
            assert turn.expected == expected[turn.skill]
        if turn.skill == "value":
            name = next(name for name in BARS.categories if name in turn.answer)
            assert turn.expected == str(BARS.values[0][BARS.categories.index(name)])
        if turn.skill == "ranking":
            falling = "South, North and East"
            is_falling = turn.answer.startswith("From highest")
            assert turn.expected == (falling if is_falling else "East, North and South")
        if turn.skill in ("comparison", "order of bars"):
            assert turn.answer.startswith(("Yes,", "No,")) == (turn.skill == "order of bars")
            ordered = [name for name in ("South", "North", "East") if name in turn.question]
            is_low = "lower" in turn.question or "smaller" in turn.question
            assert turn.expected == ordered[-1 if is_low else 0]
    others = {"value", "comparison", "order of bars", "ranking", "limit"}
    assert set(expected) | others == skills


def test_a_bar_is_above_a_limit_only_if_its_value_is() -> None:
    verdicts = set()
    for seed in range(3000):
        turn = ask_bars(Random(seed), BARS)
        if turn.skill == "limit":
            name = next(name for name in BARS.categories if name in turn.answer)
            value, limit = BARS.values[0][BARS.categories.index(name)], turn.answer.split()[-1]
            assert (value > float(limit.rstrip("."))) == turn.answer.startswith("Yes")
            verdicts.add(turn.expected)
    assert verdicts == {"Yes", "No"}


def test_bars_that_are_nearly_equal_are_not_ranked() -> None:
    alike = replace(BARS, values=((79, 80, 5),))
    skills = {ask_bars(Random(seed), alike).skill for seed in range(400)}
    assert not skills & {"second", "ranking"}


def test_the_same_is_asked_in_many_wordings() -> None:
    asked_for: dict[str, set[str]] = {}
    for seed in range(1500):
        turn = ask_bars(Random(seed), BARS)
        asked_for.setdefault(turn.skill, set()).add(turn.question)
    assert len(asked_for["highest"]) > 200


def test_a_demand_for_less_gets_the_expected_alone() -> None:
    turn = Turn(
        question="Which bar is the highest?",
        answer="The highest bar is North.",
        skill="highest",
        expected="North",
    )
    turns = [in_short(Random(seed), turn) for seed in range(200)]
    short = [made for made in turns if made.question != turn.question]
    assert 5 < len(short) < 60
    assert {made.answer for made in short} == {"North"}
    assert all(made.answer == turn.answer for made in turns if made not in short)


def test_typing_leaves_names_alone() -> None:
    for seed in range(500):
        question = typed(Random(seed), "Which chart shows Lima and Zurich?")
        assert "Lima" in question
        assert "Zurich" in question


def test_contents_are_grouped_from_the_left() -> None:
    scene = scene_of(
        item("star", "blue", 0.9), item("circle", "red", 0.1), item("circle", "red", 0.5)
    )
    assert contents(scene) == "two red circles and a blue star"


def test_a_scene_caption_counts_and_names_the_ground() -> None:
    scene = scene_of(*(item("heart", "green", x) for x in (0.1, 0.5, 0.9)))
    assert caption_scene(Random(0), scene) == (
        "A picture of three green hearts on a white background."
    )


def test_counts_are_right_whatever_is_counted() -> None:
    scene = scene_of(
        item("star", "blue", 0.1), item("star", "red", 0.4), item("circle", "red", 0.8)
    )
    seen = set()
    for seed in range(400):
        turn = ask_scene(Random(seed), scene)
        if turn.skill != "count":
            continue
        counted = turn.answer.rstrip(".").split(" ", 3)[3]
        seen.add(counted)
        expected = {"shapes": "three", "stars": "two", "circle": "one", "blue shape": "one"}
        expected |= {"red shapes": "two"}
        assert turn.expected == expected.get(counted, "no")
    assert {"shapes", "stars", "circle", "blue shape", "red shapes"} <= seen


def test_places_are_named_only_where_they_are_clear() -> None:
    assert place_of(item("star", "red", 0.1, 0.1)) == "at the top left"
    assert place_of(item("star", "red", 0.5, 0.9)) == "at the bottom"
    assert place_of(item("star", "red", 0.9, 0.5)) == "on the right"
    assert place_of(item("star", "red", 0.5, 0.5)) == "in the center"
    assert place_of(item("star", "red", 0.38, 0.5)) == ""


def test_order_is_true_of_the_positions() -> None:
    for seed, (x, y) in itertools.product(range(12), ((0.2, 0.2), (0.8, 0.2), (0.2, 0.8))):
        one, other = item("star", "red", x, y), item("heart", "blue", 0.5, 0.5)
        turn = ask_order(Random(seed), scene_of(one, other))
        assert turn is not None
        subject, relation, reference = (
            (one, turn.answer, other)
            if turn.answer.startswith("The star")
            else (other, turn.answer, one)
        )
        assert ("left" in relation) <= (subject.x < reference.x)
        assert ("right" in relation) <= (subject.x > reference.x)
        assert ("above" in relation) <= (subject.y < reference.y)
        assert ("below" in relation) <= (subject.y > reference.y)


def test_things_too_close_have_no_order() -> None:
    assert (
        ask_order(Random(0), scene_of(item("star", "red", 0.5), item("heart", "red", 0.55))) is None
    )


def test_calls_fit_the_tool_and_the_question() -> None:
    for seed in range(200):
        use = use_everyday_tool(Random(seed))
        parameters = use.tool["function"]["parameters"]
        assert list(use.arguments) == parameters["required"] == list(parameters["properties"])
        assert use.expected in use.arguments.values()
        if use.purpose != "calculation":
            assert use.expected.lower() in use.question.lower()


def test_calls_of_invented_tools_fit_their_schemas_and_say_what_was_asked() -> None:
    names, num_arguments = set(), 0
    types = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    for seed in range(400):
        use = use_invented_tool(Random(seed))
        function = use.tool["function"]
        parameters = function["parameters"]
        properties = parameters["properties"]
        assert set(parameters.get("required", ())) <= set(use.arguments) <= set(properties)
        assert [name for name in properties if name in use.arguments] == list(use.arguments)
        for name, value in use.arguments.items():
            assert isinstance(value, types[properties[name]["type"]])
            assert value in properties[name].get("enum", [value])
            said = {str(value), number_word(value) if type(value) is int else str(value)}
            is_said = any(text.lower() in use.question.lower() for text in said)
            assert is_said or isinstance(value, bool), (seed, use.question, name)
            num_arguments += 1
        names.add(function["name"])
    assert len(names) > 370
    assert num_arguments > 400


def test_calls_for_errands_fit_their_schemas_and_say_what_was_asked() -> None:
    names = set()
    for seed in range(300):
        use = use_errand_tool(Random(seed))
        function = use.tool["function"]
        parameters = function["parameters"]
        assert list(use.arguments) == [
            name for name in parameters["properties"] if name in parameters["required"]
        ]
        for value in use.arguments.values():
            assert str(value).lower() in use.question.lower(), (seed, use.question, value)
        names.add(function["name"])
    assert len(names) > 50


def test_a_switch_is_off_only_where_the_question_says_so() -> None:
    switches = []
    for seed in range(600):
        use = use_invented_tool(Random(seed))
        switches += [(value, use.question) for value in use.arguments.values() if value is False]
    assert switches
    assert all(re.search(r"without|but no ", question) for _, question in switches)


def test_tools_of_one_conversation_have_different_names_and_one_is_called() -> None:
    sizes = set()
    for seed in range(150):
        made = tool_conversation(Random(seed), False)
        names = [tool["function"]["name"] for tool in made.tools]
        assert len(set(names)) == len(names)
        called = [
            call["function"]["name"]
            for message in made.messages
            for call in message.get("tool_calls", ())
        ]
        assert set(called) <= set(names)
        assert bool(called) == (made.facts["skill"] != "no call")
        sizes.add(len(names))
    assert {1, 2, 3, 4} <= sizes


def test_a_second_tool_serves_another_purpose() -> None:
    names = {other_everyday_tool(Random(seed), ["price"])["function"]["name"] for seed in range(60)}
    assert not any("price" in name.lower() for name in names)
    for seed in range(60):
        name = invent_tool(Random(seed), ["flight"])["function"]["name"]
        assert "flight" not in name.lower()


def test_a_calculation_is_right() -> None:
    for seed in range(200):
        use = use_everyday_tool(Random(seed))
        if use.purpose == "calculation":
            one, sign, other = use.expected.split()
            result = {"+": int(one) + int(other), "-": int(one) - int(other)}.get(
                sign, int(one) * int(other)
            )
            assert use.answer == f"{use.expected} = {result}."
            assert str(result) in use.response


def test_two_wishes_in_one_message_are_called_and_answered_together() -> None:
    num_together = 0
    for seed in range(300):
        messages = tool_conversation(Random(seed), False).messages
        for index, message in enumerate(messages):
            if len(message.get("tool_calls", ())) > 1:
                num_together += 1
                assert messages[index - 1]["role"] == "user"
                assert [m["role"] for m in messages[index + 1 :]] == ["tool", "tool", "assistant"]
    assert num_together > 5


def test_captions_are_examined_in_words_of_which_none_were_trained() -> None:
    trained, examined = (
        {ask_caption(Random(seed), "", is_held_out=is_held_out).question for seed in range(1500)}
        for is_held_out in (False, True)
    )
    assert len(examined) > 20
    assert not examined & trained
