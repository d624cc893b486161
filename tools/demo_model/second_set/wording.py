"""Titles, labels and questions: half of the words are those of the training data, half are not."""

from random import Random

from tools.demo_model.catalog import words
from tools.demo_model.tables import table

_DATA = table("second_set")
OTHER_WORDS = tuple(_DATA["words"].split())
OTHER_LABELS = tuple(_DATA["labels"].split())


def word(rng: Random) -> str:
    """A lower-case word."""
    return rng.choice(words.BUSINESS if rng.random() < 0.5 else OTHER_WORDS)


def title(rng: Random) -> str:
    """One to three words."""
    text = " ".join(word(rng) for _ in range(rng.randint(1, 3)))
    return rng.choice((str.title, str.title, str.title, str.capitalize, str.upper))(text)


def labels(rng: Random, count: int) -> list[str]:
    """`count` different short names, all of one kind."""
    if rng.random() < 0.5:
        return rng.sample(OTHER_LABELS, count)
    found: set[str] = set()
    while len(found) < count:
        candidate = word(rng)
        if len(candidate) <= 8:
            found.add(candidate.capitalize())
    return rng.sample(sorted(found), count)


def sentence(rng: Random) -> str:
    """A line of text that means next to nothing."""
    start, verb = rng.choice(_DATA["starts"]), rng.choice(_DATA["verbs"])
    return f"{start} {word(rng)} {verb} the {word(rng)}."


def question(rng: Random, skill: str, **about: str) -> str:
    return rng.choice(_DATA["questions"][skill]).format(**about)
