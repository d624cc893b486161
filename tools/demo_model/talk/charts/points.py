"""What there is to say about scatter plots."""

from random import Random

from tools.demo_model.pictures.scatter_plot import ScatterFacts
from tools.demo_model.talk.english import listing, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_POINTS = Wordings("scatter_plot")


def caption_points(rng: Random, facts: ScatterFacts) -> str:
    kind = "caption"
    if facts.groups:
        kind = "caption_of_groups"
    elif rng.random() < 0.3:
        kind = "caption_in_color"
    across, up = facts.axis_names
    return _POINTS.say(
        kind,
        start=titled("A scatter plot", facts.title),
        across=across,
        up=up,
        groups=listing(facts.groups),
        color=facts.colours[0],
        trend=_trend(facts),
    )


def ask_points(rng: Random, facts: ScatterFacts) -> Turn:
    return rng.choice((_ask_trend, _ask_axis, _ask_groups))(rng, facts)


def _ask_trend(rng: Random, facts: ScatterFacts) -> Turn:
    return _POINTS.ask(rng, "trend", trend=facts.trend, points=_trend(facts))


def _ask_axis(rng: Random, facts: ScatterFacts) -> Turn:
    across, up = facts.axis_names
    return _POINTS.ask(rng, "across" if rng.random() < 0.5 else "up", across=across, up=up)


def _ask_groups(rng: Random, facts: ScatterFacts) -> Turn:
    if facts.groups:
        return _POINTS.ask(rng, "groups", names=listing(facts.groups))
    return _POINTS.ask(rng, "color", color=facts.colours[0])


def _trend(facts: ScatterFacts) -> str:
    end = "" if facts.trend == "show no clear trend" else " from left to right"
    return f"The points {facts.trend}{end}"
