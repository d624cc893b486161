"""Talk without a picture: greetings, what the model is, and what it cannot do."""

from random import Random

from tools.demo_model.catalog import words
from tools.demo_model.talk.turn import Turn, asked, typed
from tools.demo_model.talk.wordings import Wordings

_TALK = Wordings("small_talk")


def ask_small(rng: Random) -> Turn:
    roll = rng.random()
    if roll < 0.2:
        return _ask_context(rng)
    if roll < 0.55:
        return ask_strange(rng)
    return _TALK.ask(rng, rng.choice(_TALK["exchanges"]))


def ask_strange(rng: Random) -> Turn:
    """Something that no picture answers."""
    subject = rng.choice((rng.choice(words.COUNTRIES), words.word(rng), rng.choice(words.NAMES)))
    question = rng.choice(_TALK["refusal"]["questions"])
    return refused(asked(rng, [question], subject=subject))


def refused(question: str) -> Turn:
    return _TALK.answer("refusal", question)


def thank(rng: Random) -> Turn:
    return _TALK.answer("thanks", typed(rng, rng.choice(_TALK["thanks"]["questions"])))


def _ask_context(rng: Random) -> Turn:
    """A question whose answer stands in the text above it."""
    names = rng.sample(words.PRODUCTS, 3)
    prices = [f"${rng.randint(1, 99)}" for _ in names]
    lines = [
        _TALK.say("context_line", name=name, price=price)
        for name, price in zip(names, prices, strict=True)
    ]
    index = rng.randrange(len(names))
    name, price = names[index], prices[index]
    question = _TALK.say("context_question", lines="\n".join(lines), name=name)
    return _TALK.answer("context", question, name=name, price=price)
