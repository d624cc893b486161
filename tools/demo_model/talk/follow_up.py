"""Two questions of which the second speaks of "it" and "they", or says only what is new."""

from dataclasses import replace
from random import Random

from tools.demo_model.pictures.charts.bar_facts import BarFacts
from tools.demo_model.pictures.scenes.scene import SceneFacts
from tools.demo_model.talk.bar_talk import ask_count, ask_highest, ask_lowest
from tools.demo_model.talk.english import listing
from tools.demo_model.talk.position_talk import place_of
from tools.demo_model.talk.scene_talk import ask_count_of, contents
from tools.demo_model.talk.turn import Turn, typed

_SKILL = "follow-up"


def ask_scene_twice(rng: Random, facts: SceneFacts) -> list[Turn]:
    """How many there are of a kind; then their color, where it is, or what else there is."""
    item = rng.choice(facts.items)
    group = [other for other in facts.items if other.name == item.name]
    verb, name = ("is", item.name) if len(group) == 1 else ("are", item.plural)
    them = "it" if len(group) == 1 else "they"
    rest = tuple(other for other in facts.items if other.name != item.name)
    also = contents(replace(facts, items=rest)) if rest else ""
    others = f"I also see {also}." if also else "There is nothing else."
    second = [_say(rng, _OTHERS, others, also or "nothing else")]
    if item.color and len({other.color for other in group}) == 1:
        questions = tuple(question.format(verb=verb, them=them) for question in _COLORS)
        second += [_say(rng, questions, f"The {name} {verb} {item.color}.", item.color)] * 3
    place = place_of(item)
    if len(group) == 1 and place:
        second.append(_say(rng, _PLACES, f"The {name} is {place}.", place))
    return [ask_count_of(rng, facts, item.name, item.plural), rng.choice(second)]


def ask_bars_twice(rng: Random, facts: BarFacts) -> list[Turn]:
    """One end of the bars, then the other or more of this one; or how many, then which they are."""
    if len(facts.series) > 1:
        return []
    names = listing(facts.categories)
    if rng.random() < 0.2:
        return [ask_count(rng, facts), _say(rng, _NAMES, f"The bars are {names}.", names)]
    is_high = rng.random() < 0.7
    ends = (ask_highest, ask_lowest)
    first, opposite = ends if is_high else reversed(ends)
    name = facts.ranked[0 if is_high else -1]
    index = facts.categories.index(name)
    other, degree = opposite(rng, facts), "lowest" if is_high else "highest"
    questions = tuple(question.format(degree) for question in _ENDS)
    second = [_say(rng, questions, other.answer, other.expected)]
    if facts.has_values:
        value = facts.value_texts[index]
        second += [_say(rng, _VALUES, f"The value of {name} is {value}.", value)] * 2
    if facts.is_colorful:
        color = facts.colors[index]
        questions = tuple(question.format(verb="is", them="it") for question in _COLORS)
        second += [_say(rng, questions, f"The bar for {name} is {color}.", color)] * 2
    return [first(rng, facts), rng.choice(second)]


def _say(rng: Random, questions: tuple[str, ...], answer: str, expected: str) -> Turn:
    question = typed(rng, rng.choice(questions))
    return Turn(question=question, answer=answer, skill=_SKILL, expected=expected)


_COLORS = (
    "What color {verb} {them}?",
    "What colour {verb} {them}?",
    "And what color {verb} {them}?",
    "Which color {verb} {them}?",
    "In which color {verb} {them} drawn?",
    "And the color?",
)
_PLACES = (
    "Where is it?",
    "And where is it?",
    "Where in the picture is it?",
    "In which part of the picture is it?",
)
_OTHERS = (
    "What else is there?",
    "What else do you see?",
    "What else is in the picture?",
    "Is there anything else?",
    "Anything else?",
    "And what else?",
)
_NAMES = (
    "What are they?",
    "What are they called?",
    "Which ones?",
    "Which are they?",
    "Name them.",
    "List them.",
    "And their labels?",
)
_ENDS = (
    "And the {}?",
    "And which is the {}?",
    "What about the {}?",
    "Which one is the {}?",
    "And the {} one?",
    "Now the {}.",
)
_VALUES = (
    "What is its value?",
    "And its value?",
    "How much is it?",
    "How high is it?",
    "What value does it have?",
    "How much does it have?",
)
