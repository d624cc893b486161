"""What there is to say about tables."""

from random import Random

from tools.demo_model.pictures.table import TableFacts
from tools.demo_model.talk.english import listing, number_word, titled
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_TABLE = Wordings("table")


def caption_table(rng: Random, facts: TableFacts) -> str:
    return _TABLE.say(
        "caption_in_one" if rng.random() < 0.5 else "caption",
        start=titled("A table", facts.title),
        columns=number_word(len(facts.header)),
        rows=number_word(len(facts.rows)),
        header=listing(facts.header),
        names=listing([row[0] for row in facts.rows]),
    )


def ask_table(rng: Random, facts: TableFacts) -> Turn:
    choices = (_ask_size, _ask_header, *(_ask_cell,) * 5)
    return rng.choice(choices)(rng, facts)


def _ask_size(rng: Random, facts: TableFacts) -> Turn:
    if rng.random() < 0.5:
        return _TABLE.ask(rng, "columns", count=number_word(len(facts.header)))
    return _TABLE.ask(rng, "rows", count=number_word(len(facts.rows)))


def _ask_header(rng: Random, facts: TableFacts) -> Turn:
    return _TABLE.ask(rng, "header", names=listing(facts.header))


def _ask_cell(rng: Random, facts: TableFacts) -> Turn:
    row = rng.choice(facts.rows)
    column = rng.randrange(1, len(facts.header))
    return _TABLE.ask(rng, "cell", row=row[0], heading=facts.header[column], value=row[column])
