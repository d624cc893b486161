"""Questions and answers about diagrams."""

from random import Random

from tools.demo_model.pictures.pages.diagram import DiagramFacts
from tools.demo_model.talk.english import listing, number_word, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_DIAGRAM = Wordings("pages/diagram")


def caption_diagram(rng: Random, facts: DiagramFacts) -> str:
    kind = "caption_of_ring"
    if facts.layout != "ring":
        kind = "caption_in_sentences" if rng.random() < 0.5 else "caption"
    start = titled("A diagram", facts.title)
    path = f"{facts.steps[0]} to {', then to '.join(facts.steps[1:])}"
    return _DIAGRAM.say(kind, start=start, path=path, **_names(facts))


def ask_diagram(rng: Random, facts: DiagramFacts) -> Turn:
    kinds = ["count", "steps", "next", "next"]
    kinds += ["end"] * (facts.layout != "ring") + ["color"] * (len(facts.colors) == 1)
    kind = rng.choice(kinds)
    if kind == "next":
        index = rng.randrange(len(facts.steps) - 1)
        step, following = facts.steps[index : index + 2]
        return _DIAGRAM.ask(rng, kind, step=step, following=following)
    if kind == "end":
        kind = "start" if rng.random() < 0.5 else "end"
    return _DIAGRAM.ask(rng, kind, **_names(facts))


def _names(facts: DiagramFacts) -> dict[str, str]:
    return {
        "count": number_word(len(facts.steps)),
        "names": listing(facts.steps),
        "first": facts.steps[0],
        "last": facts.steps[-1],
        "color": listing(facts.colors),
    }
