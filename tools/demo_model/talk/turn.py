"""One question and its answer."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """`expected` is the part of the answer that decides; `thought` leads to it, where one helps.

    `skill` names what the evaluation counts the turn under.
    """

    question: str
    answer: str
    skill: str
    expected: str
    thought: str = ""


def asked(rng: Random, *phrasings: str) -> str:
    """One of several ways to ask, sometimes typed carelessly."""
    question = rng.choice(phrasings)
    roll = rng.random()
    if roll < 0.06:
        return question.lower()
    if roll < 0.1:
        return question.rstrip("?.")
    if roll < 0.16:
        return f"{question} {rng.choice(('Answer briefly.', 'Be short.', 'Keep it short.'))}"
    if roll < 0.2:
        return f"Please tell me: {question[0].lower()}{question[1:]}"
    return question
