"""Whether an answer is right: strict, and blind to how it is worded otherwise.

Knows a sample's facts and the contract's Choice; knows nothing of models.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nemotron_vl.v1.inference_pb2 import (
    FINISH_REASON_STOP,
    FINISH_REASON_TOOL_CALLS,
    Choice,
)

from tools.demo_model.colors import COLORS
from tools.demo_model.sample import Sample

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WHOLE = (FINISH_REASON_STOP, FINISH_REASON_TOOL_CALLS)
_MAX_COUNT = 6
_MAX_TITLE_WORDS = 3

# What names a kind of picture, as patterns.
_WORDS_BY_KIND = {
    "bar chart": r"bar (?:chart|graph|plot)s?",
    "line chart": r"line (?:chart|graph|plot)s?",
    "pie chart": r"pie (?:chart|graph)s?",
    "scatter plot": r"scatter ?(?:plot|chart|graph)s?",
    "table": r"tables?",
    "text": r"texts?",
    "diagram": r"diagrams?|flow ?charts?",
    "shapes": r"shapes?",
    "objects": r"objects?",
}
_TYPES_BY_NAME: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is asked of the answers to samples of a skill. `goal` is the share to be right."""

    skill: str
    goal: float | None
    is_right: Callable[[Sample, Choice], bool]

    def passes(self, sample: Sample, choice: Choice) -> bool:
        """Whether the answer came to its end and is right."""
        return choice.finish.reason in _WHOLE and self.is_right(sample, choice)


def skill_of(sample: Sample) -> str | None:
    """The skill that a sample's last answer examines, None if it examines none."""
    facts = sample.facts
    if facts["is_thinking"]:
        return "reasoning"
    skill, expected = facts["skill"], facts["expected"]
    is_fitting = {
        "kind": True,
        "count": expected in NUMBERS[1 : _MAX_COUNT + 1],
        "color": expected in COLORS,
        "title": len(expected.split()) <= _MAX_TITLE_WORDS,
        "highest": True,
        "tool call": True,
        "caption": True,
    }
    return skill if is_fitting.get(skill, False) else None


def names_kind(sample: Sample, choice: Choice) -> bool:
    """The right kind and no other one."""
    text = choice.text.lower()
    named = {kind for kind, words in _WORDS_BY_KIND.items() if re.search(rf"\b(?:{words})\b", text)}
    return named == {sample.facts["expected"]}


def captions_kind(sample: Sample, choice: Choice) -> bool:
    """A caption that begins with the right kind; of a scene it also names something in it."""
    items = sample.facts["picture"].get("items", ())
    if items:
        names = [name for item in items for name in (item["name"], item["plural"])]
        is_scene = re.match(r"An? (?:picture|image|photo|scene) of ", choice.text)
        return bool(is_scene and _mentioned(names, choice.text))
    start = r"An? (?:piece of |picture of |grouped |horizontal )?"
    return bool(re.match(rf"{start}(?:{_WORDS_BY_KIND[sample.kind]})\b", choice.text))


def gives_count(sample: Sample, choice: Choice) -> bool:
    """The right number in digits or as a word, and no other one."""
    found = re.findall(rf"\b(?:\d+|{'|'.join(NUMBERS)})\b", choice.text.lower())
    digits = {str(NUMBERS.index(number)) if number in NUMBERS else number for number in found}
    return digits == {str(NUMBERS.index(sample.facts["expected"]))}


def names_color(sample: Sample, choice: Choice) -> bool:
    """The right color and no other one."""
    text = choice.text.lower().replace("grey", "gray")
    return _mentioned(COLORS, text) == {sample.facts["expected"]}


def quotes_title(sample: Sample, choice: Choice) -> bool:
    """The exact title in its own case; what stands in quotes must be the title alone."""
    title = sample.facts["expected"]
    quoted = re.findall(r'["“]([^"“”]*)["”]', choice.text)
    return title in quoted if quoted else bool(_mentioned([title], choice.text))


def names_highest(sample: Sample, choice: Choice) -> bool:
    """The label of the highest bar and no other one's."""
    return _bars_named(sample, choice) == {sample.facts["expected"]}


def names_a_bar(sample: Sample, choice: Choice) -> bool:
    """The label of one bar, whichever: it was read, if perhaps not ranked."""
    return len(_bars_named(sample, choice)) == 1


def _bars_named(sample: Sample, choice: Choice) -> set[str]:
    return _mentioned(sample.facts["picture"]["categories"], choice.text)


def calls_well(sample: Sample, choice: Choice) -> bool:
    """One call of the right tool, with arguments that its parameters allow."""
    if len(choice.tool_calls) != 1:
        return False
    call = choice.tool_calls[0]
    arguments = _read_object(call.arguments)
    if call.name != sample.facts["call"]["name"] or arguments is None:
        return False
    functions = [tool.get("function", tool) for tool in sample.tools]
    schemas = [function["parameters"] for function in functions if function["name"] == call.name]
    return _satisfies(arguments, schemas[0])


def calls_exactly(sample: Sample, choice: Choice) -> bool:
    """A good call whose arguments are the very ones of the question."""
    return calls_well(sample, choice) and (
        _read_object(choice.tool_calls[0].arguments) == sample.facts["call"]["arguments"]
    )


def closes_reasoning(sample: Sample, choice: Choice) -> bool:
    """Some reasoning, and an answer or a call after it."""
    del sample
    return bool(choice.reasoning.strip()) and bool(choice.text.strip() or choice.tool_calls)


CHECKS = {
    "picture kind": Check(skill="kind", goal=0.97, is_right=names_kind),
    "count up to six": Check(skill="count", goal=0.90, is_right=gives_count),
    "color": Check(skill="color", goal=0.95, is_right=names_color),
    "exact title": Check(skill="title", goal=0.70, is_right=quotes_title),
    "highest bar": Check(skill="highest", goal=0.80, is_right=names_highest),
    "any bar": Check(skill="highest", goal=None, is_right=names_a_bar),
    "tool call well-formed": Check(skill="tool call", goal=0.95, is_right=calls_well),
    "tool call exact": Check(skill="tool call", goal=None, is_right=calls_exactly),
    "caption in other words": Check(skill="caption", goal=None, is_right=captions_kind),
    "reasoning closed": Check(skill="reasoning", goal=0.95, is_right=closes_reasoning),
}
SKILLS = tuple(dict.fromkeys(check.skill for check in CHECKS.values()))


def _mentioned(phrases: Iterable[str], text: str) -> set[str]:
    """Those that stand in the text as whole words; a longer one hides the shorter ones in it."""
    longest_first = sorted(phrases, key=len, reverse=True)
    pattern = "|".join(re.escape(phrase) for phrase in longest_first)
    return set(re.findall(rf"(?<!\w)(?:{pattern})(?!\w)", text))


def _read_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _satisfies(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    """Has what is required and nothing that is unknown, all of the right type."""
    properties = schema.get("properties", {})
    has_all = set(schema.get("required", ())) <= arguments.keys() <= properties.keys()
    return has_all and all(
        _is_of_type(value, properties[name].get("type")) for name, value in arguments.items()
    )


def _is_of_type(value: Any, name: str | None) -> bool:
    if name is None:
        return True
    # In Python a bool is an int; in JSON it is not.
    is_bool = isinstance(value, bool)
    return is_bool if name == "boolean" else isinstance(value, _TYPES_BY_NAME[name]) and not is_bool
