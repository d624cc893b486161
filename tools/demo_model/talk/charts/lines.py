"""Questions and answers about line charts."""

from random import Random

from tools.demo_model.pictures.charts.line_chart import LineFacts
from tools.demo_model.talk.charts.entries import ask_of_legend, ask_of_one
from tools.demo_model.talk.english import listing, number_word, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_LINES = Wordings("charts/lines")


def caption_lines(rng: Random, facts: LineFacts) -> str:
    start = titled("A line chart", facts.title)
    if not facts.names:
        line, course = rng.choice(("line", "curve")), facts.courses[0]
        return _LINES.say("caption_of_one", start=start, line=line, course=course, **_names(facts))
    pairs = zip(facts.names, facts.courses, strict=True)
    courses = listing([f"{name} {course}" for name, course in pairs])
    return _LINES.say("caption", start=start, courses=courses, **_names(facts))


def ask_lines(rng: Random, facts: LineFacts) -> Turn:
    kind = rng.choice(("count", "course", "course", "color", "span"))
    if kind == "course":
        kind = "course_of_name" if facts.names else "course"
        return ask_of_one(rng, _LINES, kind, facts.names or facts.courses, facts.courses)
    if kind == "color" and facts.names:
        return ask_of_legend(rng, _LINES, facts.names, facts.colors)
    return _LINES.ask(rng, kind, **_names(facts))


def _names(facts: LineFacts) -> dict[str, str]:
    count = number_word(len(facts.colors))
    return {
        "count": count,
        "lines": "is one line" if len(facts.colors) == 1 else f"are {count} lines",
        "colors": listing(facts.colors),
        "color": facts.colors[0],
        "span": f"from {facts.steps[0]} to {facts.steps[-1]}",
    }
