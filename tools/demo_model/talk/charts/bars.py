"""What there is to say about bar charts."""

import itertools
from random import Random

from tools.demo_model import words
from tools.demo_model.pictures.bar_facts import BarFacts
from tools.demo_model.talk.charts.legend import ask_legend
from tools.demo_model.talk.charts.superlative import ask_for_end
from tools.demo_model.talk.english import listing, number_word, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_BARS = Wordings("bar_chart")


def caption_bars(rng: Random, facts: BarFacts) -> str:
    names = listing(facts.categories)
    if len(facts.series) > 1:
        start = titled("A grouped bar chart", facts.title)
        return _BARS.say(
            "caption_of_groups", start=start, series=listing(facts.series), names=names
        )
    highest, *_, lowest = facts.ranked
    ends = "ends_the_other_way" if rng.random() < 0.3 else "ends"
    return _BARS.say(
        "caption_in_sentences" if rng.random() < 0.5 else "caption",
        start=titled("A horizontal bar chart" if facts.is_lying else "A bar chart", facts.title),
        count=number_word(len(facts.categories)),
        names=names,
        ends=_BARS.say(ends, highest=highest, lowest=lowest),
    )


def ask_bars(rng: Random, facts: BarFacts) -> Turn:
    if len(facts.series) > 1:
        return _ask_groups(rng, facts)
    choices = [*[ask_highest] * 9, ask_lowest, ask_lowest, _ask_compare, _ask_compare]
    choices += [_ask_second, _ask_rank, ask_count, ask_names, _ask_color, _ask_color]
    if facts.has_values:
        choices += [_ask_value, _ask_value]
    if facts.has_values or facts.has_scale:
        choices.append(_ask_limit)
    return rng.choice(choices)(rng, facts)


def ask_highest(rng: Random, facts: BarFacts) -> Turn:
    shapes = ("longest",) if facts.is_lying else ("tallest", "tallest")
    about = facts.axis_names[1].lower()
    question = ask_for_end(rng, "most", _nouns(facts), shapes, about=about)
    if facts.title and rng.random() < 0.05:
        question = _BARS.say("introduction", title=facts.title, question=question)
    names = listing(facts.categories)
    return _BARS.answer("highest", question, name=facts.ranked[0], names=names)


def ask_lowest(rng: Random, facts: BarFacts) -> Turn:
    question = ask_for_end(rng, "least", _nouns(facts), ("shortest",))
    names = listing(facts.categories)
    return _BARS.answer("lowest", question, name=facts.ranked[-1], names=names)


def ask_count(rng: Random, facts: BarFacts) -> Turn:
    return _BARS.ask(
        rng,
        "count",
        count=number_word(len(facts.categories)),
        names=listing(facts.categories),
        columns="bars" if facts.is_lying else "columns",
    )


def ask_names(rng: Random, facts: BarFacts) -> Turn:
    return _BARS.ask(rng, "names", names=listing(facts.categories))


def _ask_second(rng: Random, facts: BarFacts) -> Turn:
    if not _are_ranked_plainly(facts, 3):
        return ask_highest(rng, facts)
    highest, second, *_ = facts.ranked
    return _BARS.ask(rng, "second", noun=rng.choice(_nouns(facts)), name=second, highest=highest)


def _ask_rank(rng: Random, facts: BarFacts) -> Turn:
    count = len(facts.categories)
    if count > 5 or not _are_ranked_plainly(facts, count):
        return ask_highest(rng, facts)
    ends, ranked = ("highest", "lowest"), facts.ranked
    if rng.random() >= 0.6:
        ends, ranked = ends[::-1], ranked[::-1]
    return _BARS.ask(rng, "ranking", first=ends[0], last=ends[1], names=listing(ranked))


def _ask_limit(rng: Random, facts: BarFacts) -> Turn:
    index = rng.randrange(len(facts.categories))
    value = facts.values[0][index]
    reach = max(facts.values[0]) - facts.floor
    sign = -1 if rng.random() < 0.5 else 1
    limit = value + reach * rng.uniform(0.12, 0.4) * sign
    limit = float(f"{limit:.1g}") if limit > 0 else 0.0
    if limit <= facts.floor or abs(limit - value) < 0.08 * reach:
        return _ask_compare(rng, facts)
    return _BARS.ask(
        rng,
        "limit",
        name=facts.categories[index],
        limit=f"{limit:g}" if limit < 1e5 else f"{limit:.0f}",
        verdict="Yes" if value > limit else "No",
        side="above" if value > limit else "below",
    )


def _ask_compare(rng: Random, facts: BarFacts) -> Turn:
    pair = rng.sample(range(len(facts.categories)), 2)
    if not facts.differ(*pair):
        return ask_highest(rng, facts)
    first, second = (facts.categories[index] for index in pair)
    low, high = (facts.categories[index] for index in sorted(pair, key=facts.values[0].__getitem__))
    if rng.random() < 0.25:
        return _BARS.ask(rng, "lower", first=first, second=second, name=low)
    if rng.random() < 0.2:
        verdict = "Yes" if high == first else "No"
        return _BARS.ask(rng, "is_higher", first=first, second=second, name=high, verdict=verdict)
    taller = "longer" if facts.is_lying else "taller"
    return _BARS.ask(rng, "higher", first=first, second=second, name=high, taller=taller)


def _ask_color(rng: Random, facts: BarFacts) -> Turn:
    if not facts.is_colourful:
        return _BARS.ask(rng, "color", color=facts.colours[0])
    index = rng.randrange(len(facts.categories))
    name, color = facts.categories[index], facts.colours[index]
    return _BARS.ask(rng, "color_of_bar", name=name, color=color)


def _ask_value(rng: Random, facts: BarFacts) -> Turn:
    index = rng.randrange(len(facts.categories))
    name, value = facts.categories[index], facts.value_texts[index]
    return _BARS.ask(rng, "value", name=name, value=value)


def _ask_groups(rng: Random, facts: BarFacts) -> Turn:
    if rng.choice((True, False)):
        return ask_legend(rng, _BARS, facts.series, facts.colours)
    return _BARS.ask(rng, "legend", names=listing(facts.series))


def _nouns(facts: BarFacts) -> list[str]:
    family = words.family_of(facts.categories)
    return _BARS["nouns"] + [family] * 2 * bool(family)


def _are_ranked_plainly(facts: BarFacts, num_first: int) -> bool:
    """Whether each of the first ones is seen to be higher than the next."""
    if len(facts.categories) < num_first:
        return False
    places = [facts.categories.index(name) for name in facts.ranked[:num_first]]
    return all(facts.differ(one, other) for one, other in itertools.pairwise(places))
