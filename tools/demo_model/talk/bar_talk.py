"""What there is to say about bar charts."""

import itertools
from random import Random

from tools.demo_model import words
from tools.demo_model.pictures.charts.bar_facts import BarFacts
from tools.demo_model.talk.bar_series_talk import ask_groups
from tools.demo_model.talk.english import listing, number_word
from tools.demo_model.talk.kind_talk import named
from tools.demo_model.talk.superlative import ask_for_least, ask_for_most
from tools.demo_model.talk.turn import Turn, asked


def caption_bars(rng: Random, facts: BarFacts) -> str:
    count = len(facts.categories)
    names = listing(facts.categories)
    if len(facts.series) > 1:
        start = named("A grouped bar chart", facts.title)
        return f"{start}. It compares {listing(facts.series)} for {names}."
    start = named("A horizontal bar chart" if facts.is_lying else "A bar chart", facts.title)
    highest, *_, lowest = facts.ranked
    ends = f"{highest} is the highest and {lowest} the lowest."
    if rng.random() < 0.3:
        ends = f"The highest bar is {highest} and the lowest is {lowest}."
    if rng.random() < 0.5:
        return f"{start}. It has {number_word(count)} bars: {names}. {ends}"
    return f"{start} with {number_word(count)} bars for {names}. {ends}"


def ask_bars(rng: Random, facts: BarFacts) -> Turn:
    if len(facts.series) > 1:
        return ask_groups(rng, facts)
    choices = [*[ask_highest] * 9, ask_lowest, ask_lowest, _ask_compare, _ask_compare]
    choices += [_ask_second, _ask_rank, ask_count, _ask_names, _ask_color, _ask_color]
    if facts.has_values:
        choices += [_ask_value, _ask_value]
    if facts.has_values or facts.has_scale:
        choices.append(_ask_above)
    return rng.choice(choices)(rng, facts)


def _nouns(facts: BarFacts) -> tuple[str, ...]:
    family = words.family_of(facts.categories)
    nouns = ("bar", "bar", "category", "one", "item", "label", "entry", "column")
    return (*nouns, family, family) if family else nouns


def ask_highest(rng: Random, facts: BarFacts) -> Turn:
    highest = facts.ranked[0]
    shapes = ("longest",) if facts.is_lying else ("tallest", "tallest")
    question = ask_for_most(rng, _nouns(facts), shapes, about=facts.axis_names[1].lower())
    if facts.title and rng.random() < 0.05:
        question = f'The chart is titled "{facts.title}". {question}'
    return Turn(
        question=question,
        answer=f"The highest bar is {highest}.",
        skill="highest",
        expected=highest,
        thought=f"The bars are {listing(facts.categories)}. {highest} reaches the highest value.",
    )


def ask_lowest(rng: Random, facts: BarFacts) -> Turn:
    lowest = facts.ranked[-1]
    return Turn(
        question=ask_for_least(rng, _nouns(facts), ("shortest",)),
        answer=f"The lowest bar is {lowest}.",
        skill="lowest",
        expected=lowest,
        thought=f"The bars are {listing(facts.categories)}. {lowest} has the smallest value.",
    )


def _ask_second(rng: Random, facts: BarFacts) -> Turn:
    if not _are_ranked_plainly(facts, 3):
        return ask_highest(rng, facts)
    second = facts.ranked[1]
    noun = rng.choice(_nouns(facts))
    question = asked(
        rng,
        f"Which {noun} is the second highest?",
        "What is the second largest?",
        f"Which {noun} comes second?",
        f"Which {noun} has the second highest value?",
        "Name the runner-up.",
        f"Which is the second highest {noun}?",
        f"Which {noun} comes right after the highest?",
    )
    return Turn(
        question=question,
        answer=f"The second highest bar is {second}.",
        skill="second",
        expected=second,
        thought=f"{facts.ranked[0]} is the highest. After it comes {second}.",
    )


def _ask_rank(rng: Random, facts: BarFacts) -> Turn:
    count = len(facts.categories)
    if count > 5 or not _are_ranked_plainly(facts, count):
        return ask_highest(rng, facts)
    is_falling = rng.random() < 0.6
    first, last = ("highest", "lowest") if is_falling else ("lowest", "highest")
    names = listing(facts.ranked if is_falling else facts.ranked[::-1])
    question = asked(
        rng,
        f"Rank the bars from {first} to {last}.",
        f"Order the bars from {first} to {last}.",
        f"List the categories from {first} to {last}.",
        f"Sort the bars, the {first} first.",
        f"What is the order of the bars from {first} to {last}?",
    )
    answer = f"From {first} to {last}: {names}."
    return Turn(question=question, answer=answer, skill="ranking", expected=names)


def _ask_above(rng: Random, facts: BarFacts) -> Turn:
    index = rng.randrange(len(facts.categories))
    name, value = facts.categories[index], facts.values[0][index]
    reach = max(facts.values[0]) - facts.floor
    is_above = rng.random() < 0.5
    limit = value + reach * rng.uniform(0.12, 0.4) * (-1 if is_above else 1)
    limit = float(f"{limit:.1g}") if limit > 0 else 0.0
    if limit <= facts.floor or abs(limit - value) < 0.08 * reach:
        return _ask_compare(rng, facts)
    is_above, shown = value > limit, f"{limit:g}" if limit < 1e5 else f"{limit:.0f}"
    question = asked(
        rng,
        f"Is {name} above {shown}?",
        f"Is the value of {name} higher than {shown}?",
        f"Does {name} reach more than {shown}?",
        f"Is {name} over {shown}?",
    )
    verdict = "Yes" if is_above else "No"
    answer = f"{verdict}, {name} is {'above' if is_above else 'below'} {shown}."
    return Turn(question=question, answer=answer, skill="limit", expected=verdict)


def _ask_compare(rng: Random, facts: BarFacts) -> Turn:
    one, other = rng.sample(range(len(facts.categories)), 2)
    if not facts.differ(one, other):
        return ask_highest(rng, facts)
    names, values = facts.categories, facts.values[0]
    first, second = names[one], names[other]
    winner, loser = (first, second) if values[one] > values[other] else (second, first)
    if rng.random() < 0.25:
        question = asked(
            rng,
            f"Which is lower, {first} or {second}?",
            f"Is {first} or {second} lower?",
            f"Which has the smaller value: {first} or {second}?",
        )
        answer = f"{loser} is lower."
        return Turn(question=question, answer=answer, skill="comparison", expected=loser)
    if rng.random() < 0.2:
        question = asked(rng, f"Is {first} higher than {second}?", f"Does {first} beat {second}?")
        answer = f"{'Yes' if winner == first else 'No'}, {winner} is higher."
        return Turn(question=question, answer=answer, skill="order of bars", expected=winner)
    question = asked(
        rng,
        f"Which is higher, {first} or {second}?",
        f"Is {first} or {second} higher?",
        f"Which has the larger value: {first} or {second}?",
        f"{first} or {second}: which is more?",
        f"Which bar is {'longer' if facts.is_lying else 'taller'}, {first} or {second}?",
        f"Compare {first} and {second}. Which is greater?",
        f"Which of {first} and {second} is larger?",
    )
    answer = f"{winner} is higher."
    return Turn(question=question, answer=answer, skill="comparison", expected=winner)


def ask_count(rng: Random, facts: BarFacts) -> Turn:
    count = len(facts.categories)
    question = asked(
        rng,
        "How many bars are there?",
        "How many bars does the chart have?",
        "Count the bars.",
        "How many categories are shown?",
        "What is the number of bars?",
        "How many columns do you see?" if not facts.is_lying else "How many bars do you see?",
        "How many values does the chart show?",
    )
    return Turn(
        question=question,
        answer=f"There are {number_word(count)} bars.",
        skill="chart count",
        expected=number_word(count),
        thought=f"I count the bars: {listing(facts.categories)}.",
    )


def _ask_names(rng: Random, facts: BarFacts) -> Turn:
    names = listing(facts.categories)
    question = asked(
        rng,
        "Which categories are shown?",
        "What are the bars called?",
        "What are the labels of the bars?",
        "Name the bars.",
        "List the categories.",
        "Read the labels of the bars.",
        "What is being compared?",
    )
    return Turn(question=question, answer=f"The bars are {names}.", skill="reading", expected=names)


def _ask_color(rng: Random, facts: BarFacts) -> Turn:
    if not facts.is_colorful:
        color = facts.colors[0]
        question = asked(
            rng,
            "What color are the bars?",
            "Which color do the bars have?",
            "What colour are the bars?",
            "What is the color of the bars?",
            "In which color are the bars drawn?",
            "The bars are what color?",
            "Name the color of the bars.",
            "What color is used for the bars?",
            "Which color was chosen for the bars?",
            "bar color?",
        )
        answer = f"The bars are {color}."
        return Turn(question=question, answer=answer, skill="color", expected=color)
    index = rng.randrange(len(facts.categories))
    name, color = facts.categories[index], facts.colors[index]
    question = asked(
        rng,
        f"What color is the bar for {name}?",
        f"Which color is the {name} bar?",
        f"What colour is the {name} bar?",
        f"What color is {name}?",
        f"What is the color of the bar labeled {name}?",
        f"In which color is {name} drawn?",
        f"Which color does {name} have?",
    )
    answer = f"The bar for {name} is {color}."
    return Turn(question=question, answer=answer, skill="color of a bar", expected=color)


def _ask_value(rng: Random, facts: BarFacts) -> Turn:
    index = rng.randrange(len(facts.categories))
    name, value = facts.categories[index], facts.value_texts[index]
    question = asked(
        rng,
        f"What is the value of {name}?",
        f"What is the value for {name}?",
        f"How much is {name}?",
        f"Which value does {name} have?",
        f"What number belongs to {name}?",
        f"How high is {name}?",
        f"Read the value of {name}.",
        f"{name}: what is the value?",
    )
    return Turn(
        question=question, answer=f"The value of {name} is {value}.", skill="value", expected=value
    )


def _are_ranked_plainly(facts: BarFacts, num_first: int) -> bool:
    """Whether each of the first ones is seen to be higher than the next."""
    if len(facts.categories) < num_first:
        return False
    places = [facts.categories.index(name) for name in facts.ranked[:num_first]]
    return all(facts.differ(one, other) for one, other in itertools.pairwise(places))
