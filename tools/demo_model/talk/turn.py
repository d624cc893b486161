"""One question and its answer, and how a question is typed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from tools.demo_model.tables import table

_TYPING = table("talk/turn")
_SHORT = _TYPING["short"]
_SAFE_WORDS = frozenset(_TYPING["safe_words"].split())


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


def asked(rng: Random, phrasings: Sequence[str], *values: object, **names: str | int) -> str:
    """One of several ways to ask, sometimes typed carelessly, sometimes with words around it.

    The phrasings are format strings of the values and names.
    """
    question = rng.choice(phrasings).format(*values, **names)
    roll = rng.random()
    if roll < 0.06:
        question = f"{question} {rng.choice(_TYPING['wishes'])}"
    elif roll < 0.16:
        question = f"{rng.choice(_TYPING['openings'])} {question[0].lower()}{question[1:]}"
    return typed(rng, question)


def typed(rng: Random, question: str) -> str:
    """The question as somebody types it: at times without its mark, or with a slip in a word."""
    roll = rng.random()
    if roll < 0.06:
        question = question.rstrip("?.!")
    elif roll < 0.08:
        question = f"{question.rstrip('?.!')} ?"
    elif roll < 0.09:
        question = question.replace("?", "??")
    if rng.random() < 0.05:
        question = _with_slip(rng, question)
    # Only the first letter: names may stand in the rest, and their case matters.
    return question[0].lower() + question[1:] if rng.random() < 0.1 else question


def in_short(rng: Random, turn: Turn) -> Turn:
    """At times the same turn, its answer demanded and given without a sentence around it."""
    is_lower = turn.skill in _SHORT["lower_skills"]
    if not (is_lower or turn.skill in _SHORT["other_skills"]) or rng.random() > 0.12:
        return turn
    noun = "title" if turn.skill in ("title", "heading") else "answer"
    for_a_word = [] if " " in turn.expected else _SHORT["demands_of_a_word"]
    demand = rng.choice((*_SHORT["demands"], *for_a_word)).format(noun=noun)
    is_first = rng.random() < 0.2
    question = f"{demand} {turn.question}" if is_first else f"{turn.question} {demand}"
    answer = turn.expected
    if is_lower:
        answer = f"{answer[0].upper()}{answer[1:]}."
    return replace(turn, question=question, answer=answer)


def _with_slip(rng: Random, text: str) -> str:
    """One of the words that carry no name loses, doubles or swaps a letter."""
    parts = text.split(" ")
    spots = [index for index, part in enumerate(parts) if part.lower().strip("?.,") in _SAFE_WORDS]
    if not spots:
        return text
    spot = rng.choice(spots)
    word = parts[spot]
    at = rng.randrange(1, len(word) - 1)
    parts[spot] = rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[: at + 1] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
    return " ".join(parts)
