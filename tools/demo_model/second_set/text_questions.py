"""Questions that call for a tool, and questions to reason about."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from tools.demo_model.sample import Sample
from tools.demo_model.second_set.picture_questions import ask_color, ask_count, ask_kind
from tools.demo_model.second_set.wording import OTHER_LABELS
from tools.demo_model.tables import table


def ask_for_call(rng: Random) -> Sample:
    """A question that one of one or two tools answers."""
    tools = rng.sample(table("second_set")["tools"], rng.randint(1, 2))
    tool = tools[0]
    value = rng.choice(tool.get("values", OTHER_LABELS))
    call = {"name": tool["name"], "arguments": {tool["parameter"]: value}}
    rng.shuffle(tools)
    answer = {"content": "", "tool_calls": [{"type": "function", "function": call}]}
    messages = [
        {"role": "user", "content": rng.choice(tool["questions"]).format(value)},
        {"role": "assistant", **answer},
    ]
    facts = {"skill": "tool call", "expected": value, "is_thinking": False, "picture": {}}
    return Sample(
        kind="second set",
        messages=messages,
        tools=[_definition(tool) for tool in tools],
        facts={**facts, "call": call},
    )


def ask_thinking(rng: Random) -> Sample:
    """A question about a picture, asked to be thought about."""
    asked = rng.choice((ask_kind, ask_count, ask_color))(rng)
    flag = {"role": "system", "content": rng.choice(("/think", "/think", "Be precise. /think"))}
    answer = f"I look at the picture.\n</think>\n\n{asked.facts['expected']}"
    messages = [flag, asked.messages[0], {"role": "assistant", "content": answer}]
    return replace(asked, messages=messages, facts={**asked.facts, "is_thinking": True})


def _definition(tool: Mapping[str, str]) -> dict[str, Any]:
    """The tool as an OpenAI request says it."""
    name = tool["parameter"]
    properties = {name: {"type": "string", "description": tool["meaning"]}}
    parameters = {"type": "object", "properties": properties, "required": [name]}
    described = {key: tool[key] for key in ("name", "description")}
    return {"type": "function", "function": {**described, "parameters": parameters}}
