"""What there is to say about bar charts."""

from random import Random

from tools.demo_model.pictures.bar_chart import BarFacts
from tools.demo_model.talk.english import listing, number_word
from tools.demo_model.talk.kind_talk import named
from tools.demo_model.talk.turn import Turn, asked


def caption_bars(rng: Random, facts: BarFacts) -> str:
    count = len(facts.categories)
    names = listing(facts.categories)
    if len(facts.series) > 1:
        start = named("A grouped bar chart", facts.title)
        return f"{start}. It compares {listing(facts.series)} for {names}."
    start = named("A horizontal bar chart" if facts.is_lying else "A bar chart", facts.title)
    values = facts.values[0]
    highest, lowest = _name_of(facts, max(values)), _name_of(facts, min(values))
    ends = f"{highest} is the highest and {lowest} the lowest."
    if rng.random() < 0.3:
        ends = f"The highest bar is {highest} and the lowest is {lowest}."
    if rng.random() < 0.5:
        return f"{start}. It has {number_word(count)} bars: {names}. {ends}"
    return f"{start} with {number_word(count)} bars for {names}. {ends}"


def ask_bars(rng: Random, facts: BarFacts) -> Turn:
    if len(facts.series) > 1:
        return rng.choice((_ask_series, _ask_bar_groups))(rng, facts)
    choices = [*[_ask_highest] * 4, _ask_lowest, _ask_bar_count, _ask_bar_names]
    choices += [_ask_bar_colour, _ask_bar_compare]
    if facts.has_values:
        choices += [_ask_bar_value, _ask_bar_value]
    return rng.choice(choices)(rng, facts)


def _ask_highest(rng: Random, facts: BarFacts) -> Turn:
    highest = _name_of(facts, max(facts.values[0]))
    question = asked(
        rng,
        "Which bar is the highest?",
        "Which is the highest bar?",
        "What is the highest bar?",
        "Which category has the highest value?",
        "Which bar is the tallest?" if not facts.is_lying else "Which bar is the longest?",
        "What has the largest value?",
        "Which one is the highest?",
        "Which bar has the largest value?",
        "What is the maximum in the chart?",
        "Which category is on top?",
    )
    return Turn(
        question=question,
        answer=f"The highest bar is {highest}.",
        skill="highest",
        expected=highest,
        thought=f"The bars are {listing(facts.categories)}. {highest} reaches the highest value.",
    )


def _ask_lowest(rng: Random, facts: BarFacts) -> Turn:
    lowest = _name_of(facts, min(facts.values[0]))
    question = asked(
        rng,
        "Which bar is the lowest?",
        "Which is the lowest bar?",
        "What is the lowest bar?",
        "Which category has the lowest value?",
        "Which bar is the shortest?",
        "What has the smallest value?",
        "Which one is the smallest?",
    )
    return Turn(
        question=question,
        answer=f"The lowest bar is {lowest}.",
        skill="lowest",
        expected=lowest,
        thought=f"The bars are {listing(facts.categories)}. {lowest} has the smallest value.",
    )


def _ask_bar_count(rng: Random, facts: BarFacts) -> Turn:
    count = len(facts.categories)
    question = asked(
        rng,
        "How many bars are there?",
        "How many bars does the chart have?",
        "Count the bars.",
        "How many categories are shown?",
    )
    return Turn(
        question=question,
        answer=f"There are {number_word(count)} bars.",
        skill="chart count",
        expected=number_word(count),
        thought=f"I count the bars: {listing(facts.categories)}.",
    )


def _ask_bar_names(rng: Random, facts: BarFacts) -> Turn:
    names = listing(facts.categories)
    question = asked(
        rng,
        "Which categories are shown?",
        "What are the bars called?",
        "What are the labels of the bars?",
        "Name the bars.",
    )
    return Turn(question=question, answer=f"The bars are {names}.", skill="reading", expected=names)


def _ask_bar_colour(rng: Random, facts: BarFacts) -> Turn:
    if not facts.is_colourful:
        colour = facts.colours[0]
        question = asked(
            rng,
            "What color are the bars?",
            "Which color do the bars have?",
            "What colour are the bars?",
            "What is the color of the bars?",
        )
        answer = f"The bars are {colour}."
        return Turn(question=question, answer=answer, skill="color", expected=colour)
    index = rng.randrange(len(facts.categories))
    name, colour = facts.categories[index], facts.colours[index]
    question = asked(
        rng,
        f"What color is the bar for {name}?",
        f"Which color is the {name} bar?",
        f"What colour is the {name} bar?",
    )
    answer = f"The bar for {name} is {colour}."
    return Turn(question=question, answer=answer, skill="color of a bar", expected=colour)


def _ask_bar_compare(rng: Random, facts: BarFacts) -> Turn:
    one, other = rng.sample(range(len(facts.categories)), 2)
    values = facts.values[0]
    if abs(values[one] - values[other]) < 0.05 * max(values):
        return _ask_highest(rng, facts)
    names = facts.categories
    winner = names[one] if values[one] > values[other] else names[other]
    question = asked(
        rng,
        f"Which is higher, {names[one]} or {names[other]}?",
        f"Is {names[one]} or {names[other]} higher?",
        f"Which has the larger value: {names[one]} or {names[other]}?",
    )
    return Turn(
        question=question, answer=f"{winner} is higher.", skill="comparison", expected=winner
    )


def _ask_bar_value(rng: Random, facts: BarFacts) -> Turn:
    index = rng.randrange(len(facts.categories))
    name, value = facts.categories[index], str(facts.values[0][index])
    question = asked(
        rng,
        f"What is the value of {name}?",
        f"What is the value for {name}?",
        f"How much is {name}?",
        f"Which value does {name} have?",
    )
    return Turn(
        question=question, answer=f"The value of {name} is {value}.", skill="value", expected=value
    )


def _ask_series(rng: Random, facts: BarFacts) -> Turn:
    index = rng.randrange(len(facts.series))
    name, colour = facts.series[index], facts.colours[index]
    if rng.random() < 0.5:
        question = asked(rng, f"What color are the bars of {name}?", f"Which color is {name}?")
        answer = f"The bars of {name} are {colour}."
        return Turn(question=question, answer=answer, skill="color of a bar", expected=colour)
    question = asked(rng, f"What do the {colour} bars show?", f"What is shown in {colour}?")
    answer = f"The {colour} bars show {name}."
    return Turn(question=question, answer=answer, skill="legend", expected=name)


def _ask_bar_groups(rng: Random, facts: BarFacts) -> Turn:
    names = listing(facts.series)
    question = asked(
        rng, "What does the legend say?", "What is compared in the chart?", "Name the series."
    )
    return Turn(
        question=question, answer=f"The chart compares {names}.", skill="legend", expected=names
    )


def _name_of(facts: BarFacts, value: int) -> str:
    return facts.categories[facts.values[0].index(value)]
