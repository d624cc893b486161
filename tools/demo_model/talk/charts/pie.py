"""What there is to say about pie charts."""

from random import Random

from tools.demo_model import words
from tools.demo_model.pictures.pie_chart import PieFacts
from tools.demo_model.talk.charts.legend import ask_legend
from tools.demo_model.talk.charts.superlative import ask_for_end
from tools.demo_model.talk.english import listing, number_word, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_PIE = Wordings("pie_chart")


def caption_pie(rng: Random, facts: PieFacts) -> str:
    return _PIE.say(
        "caption" if rng.random() < 0.5 else "caption_in_sentences",
        start=titled("A pie chart", facts.title),
        count=number_word(len(facts.names)),
        names=listing(facts.names),
        largest=facts.names[facts.shares.index(max(facts.shares))],
        share=f" with {max(facts.shares)}%" if facts.has_shares else "",
    )


def ask_pie(rng: Random, facts: PieFacts) -> Turn:
    choices = [_ask_largest, _ask_largest, _ask_smallest, _ask_count, _ask_color]
    if facts.has_shares:
        choices += [_ask_share]
    return rng.choice(choices)(rng, facts)


def _ask_largest(rng: Random, facts: PieFacts) -> Turn:
    question = ask_for_end(rng, "most", _nouns(facts), ("biggest",), about="share")
    name = facts.names[facts.shares.index(max(facts.shares))]
    return _PIE.answer("largest", question, name=name, names=listing(facts.names))


def _ask_smallest(rng: Random, facts: PieFacts) -> Turn:
    question = ask_for_end(rng, "least", _nouns(facts), ("thinnest",))
    name = facts.names[facts.shares.index(min(facts.shares))]
    return _PIE.answer("smallest", question, name=name, names=listing(facts.names))


def _ask_count(rng: Random, facts: PieFacts) -> Turn:
    count, colors = number_word(len(facts.names)), listing(facts.colours)
    return _PIE.ask(rng, "count", count=count, colors=colors)


def _ask_color(rng: Random, facts: PieFacts) -> Turn:
    return ask_legend(rng, _PIE, facts.names, facts.colours)


def _ask_share(rng: Random, facts: PieFacts) -> Turn:
    index = rng.randrange(len(facts.names))
    return _PIE.ask(rng, "share", name=facts.names[index], share=f"{facts.shares[index]}%")


def _nouns(facts: PieFacts) -> list[str]:
    family = words.family_of(facts.names)
    return _PIE["nouns"] + [family] * bool(family)
