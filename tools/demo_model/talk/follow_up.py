"""Two questions of which the second speaks of "it" and "they", or says only what is new."""

from dataclasses import replace
from random import Random

from tools.demo_model.pictures.charts.bar_facts import BarFacts
from tools.demo_model.pictures.scenes.scene import SceneFacts
from tools.demo_model.talk.charts.bars import ask_count, ask_highest, ask_lowest
from tools.demo_model.talk.english import listing
from tools.demo_model.talk.scenes.position import place_of
from tools.demo_model.talk.scenes.scene import ask_count_of, contents
from tools.demo_model.talk.turn import Turn, typed
from tools.demo_model.talk.wordings import Wordings

_FOLLOW_UP = Wordings("follow_up")


def ask_scene_twice(rng: Random, facts: SceneFacts) -> list[Turn]:
    """How many there are of a kind; then their color, where it is, or what else there is."""
    item = rng.choice(facts.items)
    group = [other for other in facts.items if other.name == item.name]
    is_one = len(group) == 1
    name, verb, them = (item.name, "is", "it") if is_one else (item.plural, "are", "they")
    rest = tuple(other for other in facts.items if other.name != item.name)
    others = contents(replace(facts, items=rest)) if rest else ""
    second = [_ask(rng, "others" if rest else "no_others", others=others)]
    if item.color and len({other.color for other in group}) == 1:
        subject = f"The {name}"
        color = _ask(rng, "color", subject=subject, verb=verb, them=them, color=item.color)
        second += [color] * 3
    place = place_of(item)
    if is_one and place:
        second.append(_ask(rng, "place", name=name, place=place))
    return [ask_count_of(rng, facts, item.name, item.plural), rng.choice(second)]


def ask_bars_twice(rng: Random, facts: BarFacts) -> list[Turn]:
    """One end of the bars, then the other or more of this one; or how many, then which they are."""
    if len(facts.series) > 1:
        return []
    if rng.random() < 0.2:
        return [ask_count(rng, facts), _ask(rng, "names", names=listing(facts.categories))]
    first, opposite, degree, name = ask_highest, ask_lowest, "lowest", facts.ranked[0]
    if rng.random() >= 0.7:
        first, opposite, degree, name = ask_lowest, ask_highest, "highest", facts.ranked[-1]
    index = facts.categories.index(name)
    other = opposite(rng, facts)
    second = [_ask(rng, "end", degree=degree, answer=other.answer, name=other.expected)]
    if facts.has_values:
        second += [_ask(rng, "value", name=name, value=facts.value_texts[index])] * 2
    if facts.is_colorful:
        bar, color = f"The bar for {name}", facts.colors[index]
        second += [_ask(rng, "color", subject=bar, verb="is", them="it", color=color)] * 2
    return [first(rng, facts), rng.choice(second)]


def _ask(rng: Random, kind: str, **names: str) -> Turn:
    """A second question, which takes no words around it."""
    question = rng.choice(_FOLLOW_UP[kind]["questions"]).format(**names)
    return _FOLLOW_UP.answer(kind, typed(rng, question), **names)
