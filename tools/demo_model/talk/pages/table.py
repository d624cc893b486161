"""Questions and answers about tables."""

from random import Random

from tools.demo_model.pictures.pages.table import TableFacts
from tools.demo_model.talk.english import listing, number_word, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_TABLE = Wordings("pages/table")


def caption_table(rng: Random, facts: TableFacts) -> str:
    kind = "caption_in_one" if rng.random() < 0.5 else "caption"
    names = listing([row[0] for row in facts.rows])
    return _TABLE.say(kind, start=titled("A table", facts.title), names=names, **_names(facts))


def ask_table(rng: Random, facts: TableFacts) -> Turn:
    kind = rng.choice(("size", "header", *("cell",) * 5))
    if kind == "cell":
        row = rng.choice(facts.rows)
        column = rng.randrange(1, len(facts.header))
        return _TABLE.ask(rng, kind, row=row[0], heading=facts.header[column], value=row[column])
    if kind == "size":
        kind = "columns" if rng.random() < 0.5 else "rows"
    return _TABLE.ask(rng, kind, **_names(facts))


def _names(facts: TableFacts) -> dict[str, str]:
    return {
        "columns": number_word(len(facts.header)),
        "rows": number_word(len(facts.rows)),
        "header": listing(facts.header),
    }
