"""What there is to say about groups of bars."""

from random import Random

from tools.demo_model.pictures.charts.bar_facts import BarFacts
from tools.demo_model.talk.english import listing
from tools.demo_model.talk.turn import Turn, asked


def ask_groups(rng: Random, facts: BarFacts) -> Turn:
    return rng.choice((_ask_series, _ask_legend))(rng, facts)


def _ask_series(rng: Random, facts: BarFacts) -> Turn:
    index = rng.randrange(len(facts.series))
    name, color = facts.series[index], facts.colors[index]
    if rng.random() < 0.5:
        question = asked(
            rng,
            f"What color are the bars of {name}?",
            f"Which color is {name}?",
            f"What is the color of {name} in the legend?",
            f"In which color is {name} shown?",
        )
        answer = f"The bars of {name} are {color}."
        return Turn(question=question, answer=answer, skill="color of a bar", expected=color)
    question = asked(
        rng,
        f"What do the {color} bars show?",
        f"What is shown in {color}?",
        f"Which series is {color}?",
        f"The {color} bars stand for what?",
    )
    answer = f"The {color} bars show {name}."
    return Turn(question=question, answer=answer, skill="legend", expected=name)


def _ask_legend(rng: Random, facts: BarFacts) -> Turn:
    names = listing(facts.series)
    question = asked(
        rng,
        "What does the legend say?",
        "What is compared in the chart?",
        "Name the series.",
        "Which series are shown?",
        "Read the legend.",
    )
    return Turn(
        question=question, answer=f"The chart compares {names}.", skill="legend", expected=names
    )
