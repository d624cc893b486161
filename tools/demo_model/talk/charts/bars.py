"""Questions and answers about bar charts."""

import itertools
from random import Random

from tools.demo_model.pictures.charts.bar_facts import BarFacts
from tools.demo_model.talk.charts.entries import ask_of_legend, ask_of_one, nouns_for
from tools.demo_model.talk.charts.superlative import ask_for_end
from tools.demo_model.talk.english import listing, number_word, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_BARS = Wordings("charts/bars")


def caption_bars(rng: Random, facts: BarFacts) -> str:
    kind, noun, ends = "caption_of_groups", "A grouped bar chart", ""
    if len(facts.series) == 1:
        noun = "A horizontal bar chart" if facts.is_lying else "A bar chart"
        ends = _BARS.say("ends_turned" if rng.random() < 0.3 else "ends", **_names(facts))
        kind = "caption_in_sentences" if rng.random() < 0.5 else "caption"
    start, series = titled(noun, facts.title), listing(facts.series)
    return _BARS.say(kind, start=start, series=series, ends=ends, **_names(facts))


def ask_bars(rng: Random, facts: BarFacts) -> Turn:
    if len(facts.series) > 1:
        return _ask_groups(rng, facts)
    choices = [*[ask_highest] * 9, ask_lowest, ask_lowest, _ask_compare, _ask_compare]
    choices += [_ask_second, _ask_rank, ask_count, ask_names, _ask_color, _ask_color]
    choices += [_ask_value, _ask_value] * facts.has_values
    choices += [_ask_limit] * (facts.has_values or facts.has_scale)
    return rng.choice(choices)(rng, facts)


def ask_highest(rng: Random, facts: BarFacts) -> Turn:
    shapes = ("longest",) if facts.is_lying else ("tallest", "tallest")
    about = facts.axis_names[1].lower()
    question = ask_for_end(rng, "most", _nouns(facts), shapes, about=about)
    if facts.title and rng.random() < 0.05:
        question = _BARS.say("introduction", title=facts.title, question=question)
    return _BARS.answer("highest", question, **_names(facts))


def ask_lowest(rng: Random, facts: BarFacts) -> Turn:
    question = ask_for_end(rng, "least", _nouns(facts), ("shortest",))
    return _BARS.answer("lowest", question, **_names(facts))


def ask_count(rng: Random, facts: BarFacts) -> Turn:
    return _BARS.ask(rng, "count", **_names(facts))


def ask_names(rng: Random, facts: BarFacts) -> Turn:
    return _BARS.ask(rng, "names", **_names(facts))


def _ask_second(rng: Random, facts: BarFacts) -> Turn:
    if not _are_ranked_plainly(facts, 3):
        return ask_highest(rng, facts)
    noun = rng.choice(_nouns(facts))
    return _BARS.ask(rng, "second", noun=noun, second=facts.ranked[1], **_names(facts))


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
    name, value = facts.categories[index], facts.values[0][index]
    reach = max(facts.values[0]) - facts.floor
    sign = -1 if rng.random() < 0.5 else 1
    limit = value + reach * rng.uniform(0.12, 0.4) * sign
    limit = float(f"{limit:.1g}") if limit > 0 else 0.0
    if limit <= facts.floor or abs(limit - value) < 0.08 * reach:
        return _ask_compare(rng, facts)
    verdict, side = ("Yes", "above") if value > limit else ("No", "below")
    shown = f"{limit:g}" if limit < 1e5 else f"{limit:.0f}"
    return _BARS.ask(rng, "limit", name=name, limit=shown, verdict=verdict, side=side)


def _ask_compare(rng: Random, facts: BarFacts) -> Turn:
    pair = rng.sample(range(len(facts.categories)), 2)
    if not facts.differ(*pair):
        return ask_highest(rng, facts)
    ordered = sorted(pair, key=facts.values[0].__getitem__)
    first, second = (facts.categories[index] for index in pair)
    low, high = (facts.categories[index] for index in ordered)
    kind = "higher"
    if rng.random() < 0.25:
        kind = "lower"
    elif rng.random() < 0.2:
        kind = "is_higher"
    return _BARS.ask(
        rng,
        kind,
        first=first,
        second=second,
        low=low,
        high=high,
        verdict="Yes" if high == first else "No",
        taller="longer" if facts.is_lying else "taller",
    )


def _ask_color(rng: Random, facts: BarFacts) -> Turn:
    if facts.is_colorful:
        return ask_of_one(rng, _BARS, "color_of_bar", facts.categories, facts.colors)
    return _BARS.ask(rng, "color", color=facts.colors[0])


def _ask_value(rng: Random, facts: BarFacts) -> Turn:
    return ask_of_one(rng, _BARS, "value", facts.categories, facts.value_texts)


def _ask_groups(rng: Random, facts: BarFacts) -> Turn:
    if rng.choice(("legend", "names")) == "legend":
        return ask_of_legend(rng, _BARS, facts.series, facts.colors)
    return _BARS.ask(rng, "series", names=listing(facts.series))


def _names(facts: BarFacts) -> dict[str, str]:
    return {
        "count": number_word(len(facts.categories)),
        "columns": "bars" if facts.is_lying else "columns",
        "names": listing(facts.categories),
        "highest": facts.ranked[0],
        "lowest": facts.ranked[-1],
    }


def _nouns(facts: BarFacts) -> list[str]:
    return nouns_for(_BARS, facts.categories, 2)


def _are_ranked_plainly(facts: BarFacts, num_first: int) -> bool:
    """Whether each of the first ones is seen to be higher than the next."""
    if len(facts.categories) < num_first:
        return False
    places = [facts.categories.index(name) for name in facts.ranked[:num_first]]
    return all(facts.differ(one, other) for one, other in itertools.pairwise(places))
