"""Decides whether an answer is right: strict, and blind to how it is worded otherwise.

Knows a sample's facts and the contract's Choice; knows nothing of models.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nemotron_vl.v1.inference_pb2 import FINISH_REASON_STOP, FINISH_REASON_TOOL_CALLS, Choice

from tools.demo_model.catalog.colors import COLORS
from tools.demo_model.sample import Sample

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MAX_COUNT = 6
_MAX_TITLE_WORDS = 3

# Patterns of the words that name a kind of picture.
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
_TYPES_BY_NAME = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True, slots=True)
class Check:
    """A rule for answers to samples of a skill. `goal` is the share that should be right."""

    skill: str
    goal: float | None
    is_right: Callable[[Sample, Choice], bool]

    def passes(self, sample: Sample, choice: Choice) -> bool:
        """Whether the answer came to its end and is right."""
        is_whole = choice.finish.reason in (FINISH_REASON_STOP, FINISH_REASON_TOOL_CALLS)
        return is_whole and self.is_right(sample, choice)


def skill_of(sample: Sample) -> str | None:
    """The skill that a sample's last answer examines, None if it examines none."""
    if sample.facts["is_thinking"]:
        return "reasoning"
    skill, expected = sample.facts["skill"], sample.facts["expected"]
    is_fitting = {
        "count": expected in NUMBERS[1 : _MAX_COUNT + 1],
        "color": expected in COLORS,
        "title": len(expected.split()) <= _MAX_TITLE_WORDS,
    }
    return skill if skill in SKILLS and is_fitting.get(skill, True) else None


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


def calls_well(sample: Sample, choice: Choice) -> bool:
    """One call of the right tool, with arguments that its parameters allow."""
    if [call.name for call in choice.tool_calls] != [sample.facts["call"]["name"]]:
        return False
    functions = [tool.get("function", tool) for tool in sample.tools]
    schemas = {function["name"]: function["parameters"] for function in functions}
    return _satisfies(_arguments(choice), schemas[choice.tool_calls[0].name])


def calls_exactly(sample: Sample, choice: Choice) -> bool:
    """A good call whose arguments are the very ones of the question."""
    expected = sample.facts["call"]["arguments"]
    return calls_well(sample, choice) and _arguments(choice) == expected


def closes_reasoning(_: Sample, choice: Choice) -> bool:
    """Some reasoning, and an answer or a call after it."""
    return bool(choice.reasoning.strip()) and bool(choice.text.strip() or choice.tool_calls)


CHECKS = {
    "picture kind": Check("kind", 0.97, names_kind),
    "count up to six": Check("count", 0.90, gives_count),
    "color": Check("color", 0.95, names_color),
    "exact title": Check("title", 0.70, quotes_title),
    "highest bar": Check("highest", 0.80, names_highest),
    "any bar": Check("highest", None, names_a_bar),
    "tool call well-formed": Check("tool call", 0.95, calls_well),
    "tool call exact": Check("tool call", None, calls_exactly),
    "caption in other words": Check("caption", None, captions_kind),
    "reasoning closed": Check("reasoning", 0.95, closes_reasoning),
}
SKILLS = tuple(dict.fromkeys(check.skill for check in CHECKS.values()))


def _bars_named(sample: Sample, choice: Choice) -> set[str]:
    return _mentioned(sample.facts["picture"]["categories"], choice.text)


def _mentioned(phrases: Iterable[str], text: str) -> set[str]:
    """Those that stand in the text as whole words; a longer one hides the shorter ones in it."""
    longest_first = sorted(phrases, key=len, reverse=True)
    pattern = "|".join(re.escape(phrase) for phrase in longest_first)
    return set(re.findall(rf"(?<!\w)(?:{pattern})(?!\w)", text))


def _arguments(choice: Choice) -> Any:
    try:
        return json.loads(choice.tool_calls[0].arguments)
    except ValueError:
        return None


def _satisfies(arguments: Any, schema: dict[str, Any]) -> bool:
    """Has what is required and nothing that is unknown, all of the right type."""
    properties = schema.get("properties", {})
    return (
        isinstance(arguments, dict)
        and set(schema.get("required", ())) <= arguments.keys() <= properties.keys()
        and all(
            # In Python a bool is an int; in JSON it is not, so types are compared exactly.
            "type" not in properties[name]
            or type(value) in _TYPES_BY_NAME[properties[name]["type"]]
            for name, value in arguments.items()
        )
    )
