"""The many ways to ask which of several is the highest, the lowest, the largest."""

from collections.abc import Sequence
from random import Random

from tools.demo_model.talk.turn import asked

_MORE = ("highest", "highest", "largest", "biggest", "greatest", "top")
_LESS = ("lowest", "lowest", "smallest", "least")


def ask_for_most(
    rng: Random, nouns: Sequence[str], shapes: Sequence[str], *, about: str = ""
) -> str:
    """`nouns` name one of the several, `shapes` say how the most of them looks: 'tallest'."""
    noun, look, degree = rng.choice(nouns), rng.choice((*_MORE, *shapes)), rng.choice(_MORE)
    value = about if about and rng.random() < 0.5 else "value"
    return _asked(
        rng,
        noun,
        look,
        degree,
        value,
        (
            f"Which {noun} has the most?",
            f"Which {noun} leads?",
            f"Which {noun} is on top?",
            f"Which {noun} is ahead of all others?",
            f"Which {noun} is number one?",
            f"What {noun} reaches the maximum?",
            f"Which {noun} has the maximum {value}?",
            f"Which {noun} scores best?",
            f"Which {noun} sells most?",
            f"Which {noun} ranks first?",
            "What is the maximum?",
            "Where is the maximum?",
            "Where is the peak?",
            f"Which {noun} exceeds all others?",
        ),
    )


def ask_for_least(rng: Random, nouns: Sequence[str], shapes: Sequence[str]) -> str:
    """The same for the other end."""
    noun, look, degree = rng.choice(nouns), rng.choice((*_LESS, *shapes)), rng.choice(_LESS)
    return _asked(
        rng,
        noun,
        look,
        degree,
        "value",
        (
            f"Which {noun} has the fewest?",
            f"Which {noun} is at the bottom?",
            f"Which {noun} comes last?",
            f"Which {noun} has the minimum value?",
            "What is the minimum?",
            "Where is the minimum?",
            f"Which {noun} is below all others?",
        ),
    )


def _asked(
    rng: Random, noun: str, look: str, degree: str, value: str, others: tuple[str, ...]
) -> str:
    if rng.random() < 0.25:
        return asked(rng, *others)
    return asked(
        rng,
        f"Which {noun} is the {look}?",
        f"Which {noun} is {look}?",
        f"Which is the {look} {noun}?",
        f"What is the {look} {noun}?",
        f"What's the {look} {noun}?",
        f"What is the {look}?",
        f"Which one is the {look}?",
        f"Name the {look} {noun}.",
        f"Find the {look} {noun}.",
        f"Identify the {look} {noun}.",
        f"Which {noun} has the {degree} {value}?",
        f"What {noun} has the {degree} {value}?",
        f"Which {noun} shows the {degree} {value}?",
        f"What has the {degree} {value}?",
        f"Name the {noun} with the {degree} {value}.",
        f"Which {noun} do you see with the {degree} {value}?",
        f"Tell me which {noun} is the {look}.",
        f"The {look} {noun} is which one?",
        f"Which of the {_plural(noun)} is the {look}?",
        f"Of all {_plural(noun)}, which is the {look}?",
    )


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
