"""Questions that any picture can be asked: what it is, and what its title says."""

from random import Random

from tools.demo_model.talk.turn import Turn, asked
from tools.demo_model.talk.wordings import Wordings

_ANY = Wordings("any_picture")
# The kind of a picture, with the noun phrase that answers name it by.
NOUN_BY_KIND: dict[str, str] = _ANY["nouns"]


def ask_kind(rng: Random, kind: str) -> Turn:
    thing = rng.choice(_ANY["things"])
    return _ANY.ask(rng, "kind", thing=thing, kind=kind, noun=NOUN_BY_KIND[kind])


def ask_title(rng: Random, kind: str, title: str) -> Turn:
    places = ("picture", "image", "figure", "chart" if "chart" in kind else kind, kind, kind)
    question = asked(rng, _ANY["title"]["questions"], place=rng.choice(places))
    return _ANY.answer("title" if title else "no_title", question, title=title)
