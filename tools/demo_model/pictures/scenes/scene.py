"""Scenes of single things on a ground: what they show, and what all of them have in common."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from tools.demo_model.pictures.drawing.box import Box
from tools.demo_model.pictures.drawing.canvas import Canvas
from tools.demo_model.pictures.drawing.picture import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing. `x`, `y` and `size` are parts of the picture; a named object has no color."""

    name: str
    plural: str
    color: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneFacts:
    """`background` is the name of a plain ground, or empty."""

    subject: Literal["shapes", "objects"]
    items: tuple[Item, ...]
    background: str


def choose_counts(rng: Random) -> list[int]:
    """How many there are of each kind: mostly one kind or two, nine things at most."""
    num_kinds = rng.choices((1, 2, 3), (6, 5, 3))[0]
    if num_kinds == 1:
        return [rng.choices(range(1, 10), (5, 4, 4, 4, 4, 4, 2, 1, 1))[0]]
    while True:
        counts = [rng.choices(range(1, 7), (6, 4, 3, 3, 2, 2))[0] for _ in range(num_kinds)]
        if sum(counts) <= 9:
            return counts


def item_in(canvas: Canvas, box: Box, name: str, plural: str, color: str) -> Item:
    (x, y), width = box.middle, canvas.width
    size = box.width / width
    return Item(name=name, plural=plural, color=color, x=x / width, y=y / canvas.height, size=size)


def finish_scene(
    rng: Random, canvas: Canvas, facts: SceneFacts, boxes: Sequence[Box]
) -> Picture[SceneFacts]:
    """Says of every item how many are like it, and where its middle is."""
    names = Counter(item.name for item in facts.items)
    colors = Counter(item.color for item in facts.items)
    for item, box in zip(facts.items, boxes, strict=True):
        classes = [f"name of {names[item.name]}", f"scene of {len(facts.items)}"]
        if item.color:
            classes.append(f"color of {colors[item.color]}")
        margin = box.width * 0.2
        left, top, right, bottom = box
        inner = Box(left + margin, top + margin, right - margin, bottom - margin)
        canvas.label_box(inner, *classes)
        canvas.label(box.middle, "mark middle")
    return canvas.finish(rng, facts)
