"""Questions that call for a tool, and questions to reason about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tools.demo_model.sample import Sample
from tools.demo_model.second_set.picture_questions import ask_colour, ask_count, ask_kind
from tools.demo_model.second_set.wording import OTHER_LABELS

_LANGUAGES = ("Spanish", "Dutch", "Polish", "Welsh", "Swahili")
_ROOMS = ("kitchen", "attic", "hallway", "garage", "cellar")
_DISHES = ("lasagna", "goulash", "pancakes", "risotto", "paella", "ramen")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tool:
    """A tool of one string parameter, the questions that need it and what these may be about."""

    name: str
    description: str
    parameter: str
    meaning: str
    questions: Sequence[str]
    values: Sequence[str]

    @property
    def definition(self) -> dict[str, Any]:
        described = {"type": "string", "description": self.meaning}
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": {
                    "type": "object",
                    "properties": {self.parameter: described},
                    "required": [self.parameter],
                },
            },
        }


_TOOLS = (
    _Tool(
        name="air_quality_report",
        description="Reports how clean the air of a town is",
        parameter="town",
        meaning="Name of the town",
        questions=("How clean is the air in {} now?", "What is the air quality in {}?"),
        values=OTHER_LABELS,
    ),
    _Tool(
        name="find_recipe",
        description="Finds a recipe for a dish",
        parameter="dish",
        meaning="What to cook",
        questions=("Find me a recipe for {}.", "How do I cook {}?"),
        values=_DISHES,
    ),
    _Tool(
        name="switch_light",
        description="Switches the light of a room on",
        parameter="room",
        meaning="The room",
        questions=("Switch on the light in the {}.", "It is dark in the {}, light please."),
        values=_ROOMS,
    ),
    _Tool(
        name="library_search",
        description="Looks up whether the library has books on a subject",
        parameter="subject",
        meaning="What the books are about",
        questions=("Does the library have books about {}?", "Look for books on {}."),
        values=("pottery", "volcanoes", "sailing", "beekeeping", "opera"),
    ),
    _Tool(
        name="course_finder",
        description="Lists the language courses of the school",
        parameter="language",
        meaning="The language to learn",
        questions=("Which courses for {} are there?", "I want to learn {}. Any courses?"),
        values=_LANGUAGES,
    ),
    _Tool(
        name="parcel_status",
        description="Says where a parcel is",
        parameter="tracking_code",
        meaning="The code on the receipt",
        questions=("Where is my parcel {}?", "Has parcel {} arrived yet?"),
        values=("KX204", "PR778", "ZT1910", "LM35", "QA6021"),
    ),
)


def ask_for_call(rng: Random) -> Sample:
    """A question that one of one or two tools answers."""
    tools = rng.sample(_TOOLS, rng.randint(1, 2))
    tool = tools[0]
    value = rng.choice(tool.values)
    arguments = {tool.parameter: value}
    call = {"name": tool.name, "arguments": arguments}
    rng.shuffle(tools)
    return Sample(
        kind="second set",
        messages=[
            {"role": "user", "content": rng.choice(tool.questions).format(value)},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"type": "function", "function": call}],
            },
        ],
        tools=[tool.definition for tool in tools],
        facts={
            "skill": "tool call",
            "expected": value,
            "is_thinking": False,
            "picture": {},
            "call": call,
        },
    )


def ask_thinking(rng: Random) -> Sample:
    """A question about a picture, asked to be thought about."""
    asked = rng.choice((ask_kind, ask_count, ask_colour))(rng)
    flag = {"role": "system", "content": rng.choice(("/think", "/think", "Be precise. /think"))}
    answer = f"I look at the picture.\n</think>\n\n{asked.facts['expected']}"
    messages = [flag, asked.messages[0], {"role": "assistant", "content": answer}]
    return replace(asked, messages=messages, facts={**asked.facts, "is_thinking": True})
