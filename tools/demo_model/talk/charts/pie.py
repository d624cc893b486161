"""Questions and answers about pie charts."""

from random import Random

from tools.demo_model.pictures.charts.pie_chart import PieFacts
from tools.demo_model.talk.charts.entries import ask_of_legend, ask_of_one, nouns_for
from tools.demo_model.talk.charts.superlative import ask_for_end
from tools.demo_model.talk.english import listing, number_word, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_PIE = Wordings("charts/pie")


def caption_pie(rng: Random, facts: PieFacts) -> str:
    return _PIE.say(
        "caption" if rng.random() < 0.5 else "caption_in_sentences",
        start=titled("A pie chart", facts.title),
        share=f" with {max(facts.shares)}%" if facts.has_shares else "",
        **_names(facts),
    )


def ask_pie(rng: Random, facts: PieFacts) -> Turn:
    kinds = ["largest", "largest", "smallest", "count", "color"] + ["share"] * facts.has_shares
    kind = rng.choice(kinds)
    if kind == "color":
        return ask_of_legend(rng, _PIE, facts.names, facts.colors)
    if kind == "share":
        return ask_of_one(rng, _PIE, kind, facts.names, [f"{share}%" for share in facts.shares])
    if kind == "count":
        return _PIE.ask(rng, kind, **_names(facts))
    nouns = nouns_for(_PIE, facts.names, 1)
    if kind == "largest":
        question = ask_for_end(rng, "most", nouns, ("biggest",), about="share")
    else:
        question = ask_for_end(rng, "least", nouns, ("thinnest",))
    return _PIE.answer(kind, question, **_names(facts))


def _names(facts: PieFacts) -> dict[str, str]:
    return {
        "count": number_word(len(facts.names)),
        "names": listing(facts.names),
        "colors": listing(facts.colors),
        "largest": facts.names[facts.shares.index(max(facts.shares))],
        "smallest": facts.names[facts.shares.index(min(facts.shares))],
    }
