"""Conversations around tools: the call, its response and the answer, or no call where none fits."""

from random import Random
from typing import Any

from tools.demo_model.pictures.object_scene import draw_object_scene
from tools.demo_model.sample import Sample
from tools.demo_model.talk.dialogue import (
    Message,
    Part,
    asked_by_user,
    opening,
    picture_parts,
    thought_through,
)
from tools.demo_model.talk.small_talk import ask_small
from tools.demo_model.talk.tool_talk import ToolUse, other_tool, price_of_thing, use_tool


def tool_conversation(rng: Random, is_held_out: bool) -> Sample:
    """A call alone, a call with what follows, or a question that needs no tool."""
    del is_held_out
    if rng.random() < 0.12:
        return _without_call(rng)
    uses = [use_tool(rng)]
    if rng.random() < 0.15:
        second = use_tool(rng)
        # Two tools for one purpose would leave open which to call.
        uses += [second] if second.purpose != uses[0].purpose else []
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


def _called(rng: Random, uses: list[ToolUse], media: list[Part]) -> Sample:
    is_thinking = len(uses) == 1 and rng.random() < 0.1
    is_answered = len(uses) > 1 or rng.random() < 0.6
    messages = opening(rng, is_thinking=is_thinking)
    for index, use in enumerate(uses):
        messages.append(asked_by_user(rng, use.question, media if index == 0 else ()))
        # Reasoning belongs to the last message alone.
        messages.append(_call(use, is_thinking=is_thinking and not is_answered))
        if is_answered:
            messages.append({"role": "tool", "content": use.response})
            thought = "The tool has answered. I say it in a sentence."
            answer = thought_through(thought, use.answer) if is_thinking else use.answer
            messages.append({"role": "assistant", "content": answer})
    last = uses[-1]
    facts = {
        "skill": "tool answer" if is_answered else "tool call",
        "expected": last.answer if is_answered else last.expected,
        "is_thinking": is_thinking,
        "picture": {},
        "call": {"name": last.tool["function"]["name"], "arguments": last.arguments},
    }
    tools = _tools(rng, uses)
    return Sample(kind="tools", messages=messages, tools=tools, facts=facts)


def _call(use: ToolUse, *, is_thinking: bool) -> Message:
    name = use.tool["function"]["name"]
    call = {"type": "function", "function": {"name": name, "arguments": use.arguments}}
    thought = f"The question needs the tool {name}. I call it."
    content = thought_through(thought, "") if is_thinking else ""
    return {"role": "assistant", "content": content, "tool_calls": [call]}


def _tools(rng: Random, uses: list[ToolUse]) -> list[dict[str, Any]]:
    """The tools that are used, perhaps among others for other purposes, in any order."""
    tools = [use.tool for use in uses]
    if rng.random() < 0.5:
        tools.append(other_tool(rng, [use.purpose for use in uses]))
    rng.shuffle(tools)
    return tools


def _without_call(rng: Random) -> Sample:
    turn = ask_small(rng)
    messages = [
        *opening(rng, is_thinking=False),
        asked_by_user(rng, turn.question),
        {"role": "assistant", "content": turn.answer},
    ]
    facts = {"skill": "no call", "expected": turn.expected, "is_thinking": False, "picture": {}}
    return Sample(kind="tools", messages=messages, tools=[other_tool(rng, ["price"])], facts=facts)
