"""What a legend is asked for: the color of a name, or the name of a color."""

from collections.abc import Sequence
from random import Random

from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings


def ask_legend(
    rng: Random, wordings: Wordings, names: Sequence[str], colors: Sequence[str]
) -> Turn:
    index = rng.randrange(len(names))
    kind = "color_of_name" if rng.random() < 0.5 else "name_of_color"
    return wordings.ask(rng, kind, name=names[index], color=colors[index])
