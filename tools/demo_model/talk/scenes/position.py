"""Questions about positions in a scene, asked only where the answer is unambiguous."""

from collections import Counter
from random import Random

from tools.demo_model.pictures.scenes.scene import Item, SceneFacts
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_SCENE = Wordings("scenes/scene")
# Beyond these parts of the picture a thing is at an edge, between the inner two in the middle.
_LOW, _INNER_LOW, _INNER_HIGH, _HIGH = 0.34, 0.42, 0.58, 0.66
_APART = 0.12


def stand_apart(one: float, other: float) -> bool:
    return abs(one - other) > _APART


def place_of(item: Item) -> str:
    """'at the top left', or nothing where it is between two places."""
    across = _third(item.x, "left", "right")
    down = _third(item.y, "top", "bottom")
    if across is None or down is None:
        return ""
    if not across and not down:
        return "in the center"
    return f"at the {down} {across}".rstrip() if down else f"on the {across}"


def ask_place(rng: Random, facts: SceneFacts) -> Turn | None:
    singles = _singles(facts)
    item = rng.choice(singles or facts.items)
    place = place_of(item)
    if not place or item not in singles:
        return None
    return _SCENE.ask(rng, "place", name=item.name, place=place)


def ask_order(rng: Random, facts: SceneFacts) -> Turn | None:
    """Asks which thing is left of, right of, above or below another, or first in a row."""
    singles = _singles(facts)
    if len(singles) < 2:
        return None
    one, other = rng.sample(singles, 2)
    pairs = []
    if stand_apart(one.x, other.x):
        pairs.append(("to the left of", "to the right of", one.x < other.x))
    if stand_apart(one.y, other.y):
        pairs.append(("above", "below", one.y < other.y))
    if not pairs:
        return None
    before, after, is_before = rng.choice(pairs)
    is_short = len(facts.items) == 2 and rng.random() < 0.6
    return _SCENE.ask(
        rng,
        "neighbor" if is_short else "order",
        name=one.name,
        other=other.name,
        before=before,
        after=after,
        relation=before if is_before else after,
    )


def _third(part: float, low: str, high: str) -> str | None:
    if part < _LOW:
        return low
    if part > _HIGH:
        return high
    return "" if _INNER_LOW < part < _INNER_HIGH else None


def _singles(facts: SceneFacts) -> list[Item]:
    counts = Counter(item.name for item in facts.items)
    return [item for item in facts.items if counts[item.name] == 1]
