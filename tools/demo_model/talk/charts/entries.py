"""Questions about one of the named parts of a chart, whichever comes up."""

from collections.abc import Sequence
from random import Random

from tools.demo_model.catalog import words
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings


def ask_of_one(
    rng: Random, wordings: Wordings, kind: str, names: Sequence[str], values: Sequence[str]
) -> Turn:
    """Asks for the value of a name."""
    index = rng.randrange(len(names))
    return wordings.ask(rng, kind, name=names[index], value=values[index])


def ask_of_legend(
    rng: Random, wordings: Wordings, names: Sequence[str], colors: Sequence[str]
) -> Turn:
    """Asks for the color of a name, or for the name of a color."""
    index = rng.randrange(len(names))
    kind = "color_of_name" if rng.random() < 0.5 else "name_of_color"
    return wordings.ask(rng, kind, name=names[index], color=colors[index])


def nouns_for(wordings: Wordings, names: Sequence[str], times: int) -> list[str]:
    """The name of a part; if it is a city or a month, this is said `times` as often."""
    family = words.family_of(names)
    return wordings["nouns"] + [family] * times * bool(family)
