"""The many ways to ask which of several is the highest, the lowest, the largest."""

from collections.abc import Sequence
from random import Random
from typing import Literal

from tools.demo_model.tables import table
from tools.demo_model.talk.turn import asked

_SUPERLATIVES = table("talk/charts/superlative")


def ask_for_end(
    rng: Random,
    end: Literal["most", "least"],
    nouns: Sequence[str],
    shapes: Sequence[str],
    *,
    about: str = "",
) -> str:
    """`nouns` name one of the several, `shapes` say how the one at that end looks: 'tallest'."""
    own = _SUPERLATIVES[end]
    noun = rng.choice(nouns)
    look, degree = rng.choice((*own["degrees"], *shapes)), rng.choice(own["degrees"])
    value = about if about and rng.random() < 0.5 else "value"
    questions = own["questions"] if rng.random() < 0.25 else _SUPERLATIVES["questions"]
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return asked(rng, questions, noun=noun, nouns=plural, look=look, degree=degree, value=value)
