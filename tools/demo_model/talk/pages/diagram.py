"""What there is to say about diagrams."""

from random import Random

from tools.demo_model.pictures.diagram import DiagramFacts
from tools.demo_model.talk.english import listing, number_word, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_DIAGRAM = Wordings("diagram")


def caption_diagram(rng: Random, facts: DiagramFacts) -> str:
    kind = "caption_of_ring"
    if facts.layout != "ring":
        kind = "caption_in_sentences" if rng.random() < 0.5 else "caption"
    return _DIAGRAM.say(
        kind,
        start=titled("A diagram", facts.title),
        count=number_word(len(facts.steps)),
        names=listing(facts.steps),
        path=f"{facts.steps[0]} to {', then to '.join(facts.steps[1:])}",
    )


def ask_diagram(rng: Random, facts: DiagramFacts) -> Turn:
    choices = [_ask_count, _ask_steps, _ask_next, _ask_next]
    if facts.layout != "ring":
        choices.append(_ask_end)
    if len(facts.colours) == 1:
        choices.append(_ask_color)
    return rng.choice(choices)(rng, facts)


def _ask_count(rng: Random, facts: DiagramFacts) -> Turn:
    count = number_word(len(facts.steps))
    return _DIAGRAM.ask(rng, "count", count=count, names=listing(facts.steps))


def _ask_steps(rng: Random, facts: DiagramFacts) -> Turn:
    return _DIAGRAM.ask(rng, "steps", names=listing(facts.steps))


def _ask_next(rng: Random, facts: DiagramFacts) -> Turn:
    index = rng.randrange(len(facts.steps) - 1)
    step, following = facts.steps[index : index + 2]
    return _DIAGRAM.ask(rng, "next", step=step, following=following)


def _ask_end(rng: Random, facts: DiagramFacts) -> Turn:
    kind = "start" if rng.random() < 0.5 else "end"
    return _DIAGRAM.ask(rng, kind, first=facts.steps[0], last=facts.steps[-1])


def _ask_color(rng: Random, facts: DiagramFacts) -> Turn:
    return _DIAGRAM.ask(rng, "color", color=facts.colours[0])
