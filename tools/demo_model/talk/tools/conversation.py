"""Conversations around tools: the call, its response and the answer, or no call where none fits."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tools.demo_model.catalog import words
from tools.demo_model.pictures.scenes.object_scene import draw_object_scene
from tools.demo_model.sample import Sample
from tools.demo_model.talk.dialogue import (
    Message,
    Part,
    asked_by_user,
    converse,
    opening,
    picture_parts,
    reasoned,
)
from tools.demo_model.talk.english import listing
from tools.demo_model.talk.small_talk import ask_small, refused, thank
from tools.demo_model.talk.tools.errand import other_errand_tool, use_errand_tool
from tools.demo_model.talk.tools.everyday import (
    other_everyday_tool,
    price_of_thing,
    use_everyday_tool,
)
from tools.demo_model.talk.tools.invented import invent_tool, use_invented_tool
from tools.demo_model.talk.tools.schema import Tool
from tools.demo_model.talk.tools.use import ToolUse, name_of
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_WORDINGS = Wordings("tools/conversation")
_TALKED_OF = words.listed(_WORDINGS["talked_of"])


def tool_conversation(rng: Random, is_held_out: bool) -> Sample:
    """A call alone, calls with what follows, or a question that needs no tool."""
    del is_held_out
    if rng.random() < 0.06:
        return _without_call(rng)
    uses = [_use(rng)]
    if rng.random() < 0.16:
        second = _use(rng)
        # Two tools for one purpose or of one name would leave open which to call.
        is_other = second.purpose != uses[0].purpose and second.name != uses[0].name
        uses += [second] if is_other else []
    if len(uses) > 1 and rng.random() < 0.5:
        return _called_together(rng, uses)
    return _called(rng, uses)


def picture_price_conversation(rng: Random, is_held_out: bool) -> Sample:
    """The price of the one thing in a picture."""
    while True:
        picture = draw_object_scene(rng, is_held_out=is_held_out)
        if len({item.name for item in picture.facts.items}) == 1:
            break
    use = price_of_thing(rng, picture.facts.items[0].name)
    made = _called(rng, [use], picture_parts(1))
    return replace(made, images=(picture.pixels,), labels=(picture.labels,))


def wish_without_tool(rng: Random) -> Turn:
    """A request that needs a tool, made where there is none."""
    return refused(_use(rng).question)


def _use(rng: Random) -> ToolUse:
    makers = (use_everyday_tool, use_errand_tool, use_invented_tool)
    return rng.choices(makers, (2, 3, 5))[0](rng)


def _called(rng: Random, uses: Sequence[ToolUse], media: Sequence[Part] = ()) -> Sample:
    is_thinking = rng.random() < 0.12
    is_answered = len(uses) > 1 or rng.random() < 0.4
    messages = opening(rng, is_thinking=is_thinking)
    for index, use in enumerate(uses):
        messages.append(asked_by_user(rng, use.question, media if index == 0 else ()))
        messages.append(_call(rng, use, is_thinking=is_thinking))
        if is_answered:
            messages.append(_response(use))
            messages.append(_answer("answered", use.answer, is_thinking=is_thinking))
    last = uses[-1]
    skill = "tool answer" if is_answered else "tool call"
    expected = last.answer if is_answered else last.expected
    if is_answered and rng.random() < 0.12:
        turn = thank(rng)
        messages.append(asked_by_user(rng, turn.question))
        messages.append(_answer("thanked", turn.answer, is_thinking=is_thinking))
        skill, expected = turn.skill, turn.expected
    made = _sample(messages, _tools(rng, uses), skill, expected, is_thinking=is_thinking)
    return replace(made, facts={**made.facts, "call": last.call["function"]})


def _called_together(rng: Random, uses: Sequence[ToolUse]) -> Sample:
    """Two wishes in one message, and so two calls in one answer."""
    is_thinking = rng.random() < 0.12
    question = rng.choice(_WORDINGS["joints"]).join(use.question for use in uses)
    names = listing([use.name for use in uses])
    thought = _WORDINGS.say("two_tools", names=names) if is_thinking else ""
    answer = " ".join(use.answer for use in uses)
    messages = [
        *opening(rng, is_thinking=is_thinking),
        asked_by_user(rng, question),
        reasoned(thought, "") | {"tool_calls": [use.call for use in uses]},
        *[_response(use) for use in uses],
        _answer("answered", answer, is_thinking=is_thinking),
    ]
    return _sample(messages, _tools(rng, uses), "tool answer", answer, is_thinking=is_thinking)


def _without_call(rng: Random) -> Sample:
    turn = rng.choice((ask_small, ask_small, thank))(rng)
    # Taught too often with tools at hand, it refuses what they are for.
    while turn.skill == "refusal" and rng.random() < 0.7:
        turn = ask_small(rng)
    messages = converse(rng, [turn])
    tools = [invent_tool(rng, _TALKED_OF) for _ in range(rng.randint(1, 3))]
    return _sample(messages, tools, "no call", turn.expected, is_thinking=False)


def _call(rng: Random, use: ToolUse, *, is_thinking: bool) -> Message:
    given = listing([f"{argument} is {value}" for argument, value in use.arguments.items()])
    thoughts = _WORDINGS["call_thoughts" if given else "bare_call_thoughts"]
    thought = rng.choice(thoughts).format(name=use.name, given=given)
    return reasoned(thought if is_thinking else "", "") | {"tool_calls": [use.call]}


def _response(use: ToolUse) -> Message:
    return {"role": "tool", "content": use.response}


def _answer(thought: str, answer: str, *, is_thinking: bool) -> Message:
    return reasoned(_WORDINGS[thought] if is_thinking else "", answer)


def _sample(
    messages: list[Message], tools: list[Tool], skill: str, expected: str, *, is_thinking: bool
) -> Sample:
    facts = {"skill": skill, "expected": expected, "is_thinking": is_thinking, "picture": {}}
    return Sample(kind="tools", messages=messages, tools=tools, facts=facts)


def _tools(rng: Random, uses: Sequence[ToolUse]) -> list[Tool]:
    """The tools that are used, perhaps among others for other purposes, in any order."""
    tools = [use.tool for use in uses]
    purposes = {use.purpose for use in uses}
    makers = (other_everyday_tool, other_errand_tool, invent_tool)
    for _ in range(rng.choices((0, 1, 2, 3), (5, 5, 3, 2))[0]):
        other = rng.choices(makers, (2, 3, 5))[0](rng, purposes)
        if name_of(other) not in {name_of(tool) for tool in tools}:
            tools.append(other)
    rng.shuffle(tools)
    return tools
