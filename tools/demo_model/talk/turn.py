"""One question and its answer."""

from dataclasses import dataclass, replace
from random import Random

from tools.demo_model.words import listed


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
    """One of several ways to ask, sometimes typed carelessly, sometimes with words around it."""
    question = rng.choice(phrasings)
    roll = rng.random()
    if roll < 0.06:
        question = f"{question} {rng.choice(_WISHES)}"
    elif roll < 0.16:
        question = f"{rng.choice(_OPENINGS)} {question[0].lower()}{question[1:]}"
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
    if turn.skill not in _SHORT_SKILLS or rng.random() > 0.12:
        return turn
    shortest = "title" if turn.skill in ("title", "heading") else "answer"
    demands = (f"Reply with the {shortest} only.", f"Only the {shortest}.", *_DEMANDS)
    is_word = " " not in turn.expected
    demand = rng.choice((*demands, *_ONE_WORD) if is_word else demands)
    question = f"{turn.question} {demand}"
    if rng.random() < 0.2:
        question = f"{demand} {turn.question}"
    answer = turn.expected
    if turn.skill in _LOWER_SKILLS:
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


_OPENINGS = (
    "Please tell me:",
    "Tell me:",
    "Look at the picture:",
    "Can you tell me,",
    "In this image,",
    "Question:",
    "Quick question:",
    "Look closely.",
    "Please:",
    "OK,",
    "Now,",
    "And",
)
_WISHES = (
    "Answer briefly.",
    "Be short.",
    "Keep it short.",
    "Please answer in a sentence.",
    "Thanks!",
    "Be exact.",
    "Please.",
)
_DEMANDS = (
    "No explanation.",
    "Answer as short as possible.",
    "Give just the answer.",
    "Do not write a sentence.",
    "Answer without a sentence.",
)
_ONE_WORD = (
    "Answer with one word.",
    "Answer in one word.",
    "One word only.",
    "Use a single word.",
    "In one word, please.",
    "Reply in one word.",
)
# Their answers may be shortened to what is expected.
_LOWER_SKILLS = frozenset(("count", "chart count", "color", "color of a bar", "kind", "form"))
_SHORT_SKILLS = (
    _LOWER_SKILLS
    | frozenset(
        listed("""
title heading highest lowest comparison value cell legend reading second diagram place
    background""")
    )
    | {"largest slice", "smallest slice"}
)
_SAFE_WORDS = frozenset(
    listed("""
which what many picture image chart title color colour highest lowest there show shows
    count number category value largest tallest kind type shape shapes objects please tell does
    heading written text read largest biggest how this where seen largest""")
)
