"""Conversations around tools: the call, its response and the answer, or no call where none fits."""

from random import Random
from typing import Any

from tools.demo_model import words
from tools.demo_model.pictures.scenes.object_scene import draw_object_scene
from tools.demo_model.sample import Sample
from tools.demo_model.talk.dialogue import (
    Message,
    Part,
    asked_by_user,
    opening,
    picture_parts,
    reasoned,
)
from tools.demo_model.talk.english import listing
from tools.demo_model.talk.errand_tool import other_errand_tool, use_errand_tool
from tools.demo_model.talk.invented_tool import invent_tool, use_invented_tool
from tools.demo_model.talk.small_talk import ask_small, refused, thank
from tools.demo_model.talk.tool_talk import other_tool, price_of_thing, use_tool
from tools.demo_model.talk.tool_use import Tool, ToolUse
from tools.demo_model.talk.turn import Turn

# What a question without a call may be about.
_TALKED_OF = words.listed("price news joke recipe book translation weather program fact")
_POLITE = "I am thanked. No tool is needed."
_ANSWERED = "The tool has answered. I say it in a sentence."


def tool_conversation(rng: Random, is_held_out: bool) -> Sample:
    """A call alone, calls with what follows, or a question that needs no tool."""
    del is_held_out
    if rng.random() < 0.06:
        return _without_call(rng)
    uses = [_use(rng)]
    if rng.random() < 0.16:
        second = _use(rng)
        # Two tools for one purpose or of one name would leave open which to call.
        is_other = second.purpose != uses[0].purpose and _name(second.tool) != _name(uses[0].tool)
        uses += [second] if is_other else []
    if len(uses) > 1 and rng.random() < 0.5:
        return _called_together(rng, uses)
    return _called(rng, uses, [])


def picture_price_conversation(rng: Random, is_held_out: bool) -> Sample:
    """The price of the one thing in a picture."""
    while True:
        picture = draw_object_scene(rng, is_held_out=is_held_out)
        if len({item.name for item in picture.facts.items}) == 1:
            break
    use = price_of_thing(rng, picture.facts.items[0].name)
    made = _called(rng, [use], picture_parts(1))
    return Sample(
        kind=made.kind,
        messages=made.messages,
        tools=made.tools,
        images=(picture.pixels,),
        labels=(picture.labels,),
        facts=made.facts,
    )


def wish_without_tool(rng: Random) -> Turn:
    """What a tool would be there for, asked where there is none."""
    return refused(_use(rng).question)


def _use(rng: Random) -> ToolUse:
    return rng.choices((use_tool, use_errand_tool, use_invented_tool), (2, 3, 5))[0](rng)


def _called(rng: Random, uses: list[ToolUse], media: list[Part]) -> Sample:
    is_thinking = rng.random() < 0.12
    is_answered = len(uses) > 1 or rng.random() < 0.4
    messages = opening(rng, is_thinking=is_thinking)
    for index, use in enumerate(uses):
        messages.append(asked_by_user(rng, use.question, media if index == 0 else ()))
        messages.append(_call(rng, use, is_thinking=is_thinking))
        if is_answered:
            messages.append({"role": "tool", "content": use.response})
            messages.append(reasoned(_ANSWERED if is_thinking else "", use.answer))
    last = uses[-1]
    facts = {
        "skill": "tool answer" if is_answered else "tool call",
        "expected": last.answer if is_answered else last.expected,
        "is_thinking": is_thinking,
        "picture": {},
        "call": {"name": _name(last.tool), "arguments": last.arguments},
    }
    if is_answered and rng.random() < 0.12:
        turn = thank(rng)
        messages += [
            asked_by_user(rng, turn.question),
            reasoned(_POLITE if is_thinking else "", turn.answer),
        ]
        facts |= {"skill": turn.skill, "expected": turn.expected}
    tools = _tools(rng, uses)
    return Sample(kind="tools", messages=messages, tools=tools, facts=facts)


def _called_together(rng: Random, uses: list[ToolUse]) -> Sample:
    """Two wishes in one message, and so two calls in one answer."""
    is_thinking = rng.random() < 0.12
    question = rng.choice((" ", " ", " And: ", "\n", " Also: ")).join(use.question for use in uses)
    names = listing([_name(use.tool) for use in uses])
    calls = [_function_call(use) for use in uses]
    thought = f"This needs two tools. I call {names}." if is_thinking else ""
    answer = " ".join(use.answer for use in uses)
    messages = [
        *opening(rng, is_thinking=is_thinking),
        asked_by_user(rng, question),
        reasoned(thought, "") | {"tool_calls": calls},
        *[{"role": "tool", "content": use.response} for use in uses],
        reasoned(_ANSWERED if is_thinking else "", answer),
    ]
    facts = {
        "skill": "tool answer",
        "expected": answer,
        "is_thinking": is_thinking,
        "picture": {},
    }
    return Sample(kind="tools", messages=messages, tools=_tools(rng, uses), facts=facts)


def _function_call(use: ToolUse) -> dict[str, Any]:
    function = {"name": _name(use.tool), "arguments": use.arguments}
    return {"type": "function", "function": function}


def _call(rng: Random, use: ToolUse, *, is_thinking: bool) -> Message:
    name = _name(use.tool)
    given = listing([f"{argument} is {value}" for argument, value in use.arguments.items()])
    thought = rng.choice(
        (
            f"The question needs the tool {name}. I call it.",
            f"I call {name}." + f" The {given}." * bool(given),
            f"The tool {name} fits." + f" From the question: {given}." * bool(given),
        )
    )
    return reasoned(thought if is_thinking else "", "") | {"tool_calls": [_function_call(use)]}


def _tools(rng: Random, uses: list[ToolUse]) -> list[Tool]:
    """The tools that are used, perhaps among others for other purposes, in any order."""
    tools = [use.tool for use in uses]
    purposes = {use.purpose for use in uses}
    for _ in range(rng.choices((0, 1, 2, 3), (5, 5, 3, 2))[0]):
        make = rng.choices((other_tool, other_errand_tool, invent_tool), (2, 3, 5))[0]
        other = make(rng, purposes)
        if _name(other) not in {_name(tool) for tool in tools}:
            tools.append(other)
    rng.shuffle(tools)
    return tools


def _name(tool: Tool) -> str:
    return tool["function"]["name"]


def _without_call(rng: Random) -> Sample:
    turn = rng.choice((ask_small, ask_small, thank))(rng)
    # Taught too often with tools at hand, it refuses what they are for.
    while turn.skill == "refusal" and rng.random() < 0.7:
        turn = ask_small(rng)
    messages = [
        *opening(rng, is_thinking=False),
        asked_by_user(rng, turn.question),
        {"role": "assistant", "content": turn.answer},
    ]
    facts = {"skill": "no call", "expected": turn.expected, "is_thinking": False, "picture": {}}
    tools = [invent_tool(rng, _TALKED_OF) for _ in range(rng.randint(1, 3))]
    return Sample(kind="tools", messages=messages, tools=tools, facts=facts)
