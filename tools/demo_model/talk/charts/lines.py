"""What there is to say about line charts."""

from random import Random

from tools.demo_model.pictures.line_chart import LineFacts
from tools.demo_model.talk.charts.legend import ask_legend
from tools.demo_model.talk.english import listing, number_word, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_LINES = Wordings("line_chart")


def caption_lines(rng: Random, facts: LineFacts) -> str:
    start, span = titled("A line chart", facts.title), _span(facts)
    if not facts.names:
        return _LINES.say(
            "caption_of_one",
            start=start,
            color=facts.colours[0],
            line=rng.choice(("line", "curve")),
            course=facts.courses[0],
            span=span,
        )
    pairs = zip(facts.names, facts.courses, strict=True)
    courses = listing([f"{name} {course}" for name, course in pairs])
    count = number_word(len(facts.names))
    return _LINES.say("caption", start=start, count=count, span=span, courses=courses)


def ask_lines(rng: Random, facts: LineFacts) -> Turn:
    choices = (_ask_count, _ask_course, _ask_course, _ask_color, _ask_span)
    return rng.choice(choices)(rng, facts)


def _ask_count(rng: Random, facts: LineFacts) -> Turn:
    count = number_word(len(facts.colours))
    lines = "is one line" if len(facts.colours) == 1 else f"are {count} lines"
    return _LINES.ask(rng, "count", count=count, lines=lines, colors=listing(facts.colours))


def _ask_course(rng: Random, facts: LineFacts) -> Turn:
    index = rng.randrange(len(facts.courses))
    if not facts.names:
        return _LINES.ask(rng, "course", course=facts.courses[index])
    name, course = facts.names[index], facts.courses[index]
    return _LINES.ask(rng, "course_of_name", name=name, course=course)


def _ask_color(rng: Random, facts: LineFacts) -> Turn:
    if not facts.names:
        return _LINES.ask(rng, "color", color=facts.colours[0])
    return ask_legend(rng, _LINES, facts.names, facts.colours)


def _ask_span(rng: Random, facts: LineFacts) -> Turn:
    return _LINES.ask(rng, "span", span=_span(facts))


def _span(facts: LineFacts) -> str:
    return f"from {facts.steps[0]} to {facts.steps[-1]}"
