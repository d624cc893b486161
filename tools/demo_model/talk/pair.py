"""Questions about what two pictures have in common."""

from random import Random

from tools.demo_model.pictures.scenes.scene import SceneFacts
from tools.demo_model.talk.any_picture import NOUN_BY_KIND
from tools.demo_model.talk.english import number_word
from tools.demo_model.talk.scenes.scene import contents
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_PAIR = Wordings("pair")


def ask_pair_kinds(rng: Random, kinds: tuple[str, str]) -> Turn:
    """About two pictures of any kind."""
    nouns = [NOUN_BY_KIND[kind] for kind in kinds]
    first, second = nouns
    if first != second and rng.random() < 0.4:
        index = rng.randrange(2)
        return _PAIR.ask(rng, "which", ordinal=_PAIR["ordinals"][index], noun=nouns[index])
    kind = "same_kind" if first == second else "kinds"
    return _PAIR.ask(rng, kind, first=first, second=second, kind=kinds[0])


def ask_pair_scenes(rng: Random, facts: tuple[SceneFacts, SceneFacts]) -> Turn:
    """About two scenes."""
    counts = [len(scene.items) for scene in facts]
    if counts[0] != counts[1] and rng.random() < 0.5:
        return _PAIR.ask(
            rng,
            "more",
            noun="things" if facts[0].subject != facts[1].subject else facts[0].subject,
            ordinal=_PAIR["ordinals"][counts.index(max(counts))],
            high=number_word(max(counts)),
            low=number_word(min(counts)),
            first=counts[0],
            second=counts[1],
        )
    first, second = (contents(scene) for scene in facts)
    return _PAIR.ask(rng, "same_scene" if first == second else "scenes", first=first, second=second)
