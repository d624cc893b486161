"""Questions and answers about scatter plots."""

from random import Random

from tools.demo_model.pictures.charts.scatter_plot import ScatterFacts
from tools.demo_model.talk.english import listing, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_POINTS = Wordings("charts/points")


def caption_points(rng: Random, facts: ScatterFacts) -> str:
    kind = "caption"
    if facts.groups:
        kind = "caption_of_groups"
    elif rng.random() < 0.3:
        kind = "caption_in_color"
    return _POINTS.say(kind, start=titled("A scatter plot", facts.title), **_names(facts))


def ask_points(rng: Random, facts: ScatterFacts) -> Turn:
    kind = rng.choice(("trend", "axis", "groups"))
    if kind == "axis":
        kind = "across" if rng.random() < 0.5 else "up"
    if kind == "groups" and not facts.groups:
        kind = "color"
    return _POINTS.ask(rng, kind, **_names(facts))


def _names(facts: ScatterFacts) -> dict[str, str]:
    across, up = facts.axis_names
    end = "" if facts.trend == "show no clear trend" else " from left to right"
    return {
        "across": across,
        "up": up,
        "groups": listing(facts.groups),
        "color": facts.colors[0],
        "trend": facts.trend,
        "points": f"The points {facts.trend}{end}",
    }
