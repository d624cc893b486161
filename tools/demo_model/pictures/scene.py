"""Scenes of single things on a ground: where they are and what they are."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from tools.demo_model.pictures.canvas import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing. `x`, `y` and `size` are parts of the picture; a named object has no colour."""

    name: str
    plural: str
    colour: str
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
    """How many there are of each kind: mostly one kind or two, seven things at most."""
    num_kinds = rng.choices((1, 2, 3), (5, 4, 3))[0]
    if num_kinds == 1:
        return [rng.choices((1, 2, 3, 4, 5, 6, 7), (4, 3, 3, 3, 3, 3, 1))[0]]
    while True:
        counts = [rng.choices((1, 2, 3, 4, 5, 6), (5, 3, 3, 2, 2, 2))[0] for _ in range(num_kinds)]
        if sum(counts) <= 7:
            return counts


def places(rng: Random, count: int, size: tuple[int, int], sides: tuple[float, float]) -> list[Box]:
    """Square boxes that do not touch, their sides within two parts of the shorter edge."""
    draw = rng.choices((_in_line, _scattered), (1, 2))[0]
    return draw(rng, count, size, sides)


def _scattered(
    rng: Random, count: int, size: tuple[int, int], sides: tuple[float, float]
) -> list[Box]:
    """Anywhere, and smaller after every failed attempt."""
    edge, shrink = min(size), 1.0
    while True:
        found: list[Box] = []
        for _ in range(count * 12):
            side = rng.uniform(*sides) * edge * shrink
            x, y = rng.uniform(4, size[0] - side - 4), rng.uniform(4, size[1] - side - 4)
            box = (x, y, x + side, y + side)
            if not any(_touch(box, other, 0.03 * edge) for other in found):
                found.append(box)
            if len(found) == count:
                return found
        shrink *= 0.9


def _in_line(
    rng: Random, count: int, size: tuple[int, int], sides: tuple[float, float]
) -> list[Box]:
    """In a row or a column."""
    is_row = rng.random() < 0.65
    length, breadth = size if is_row else size[::-1]
    slot = length / count
    side = min(rng.uniform(*sides) * min(size), slot * 0.86)
    along_breadth = rng.uniform(6, breadth - side - 6)
    boxes = []
    for index in range(count):
        a = slot * index + (slot - side) * rng.uniform(0.25, 0.75)
        b = min(breadth - side, max(0.0, along_breadth + rng.uniform(-0.2, 0.2) * side))
        x, y = (a, b) if is_row else (b, a)
        boxes.append((x, y, x + side, y + side))
    return boxes


def _touch(one: Box, other: Box, gap: float) -> bool:
    return not (
        one[2] + gap < other[0]
        or other[2] + gap < one[0]
        or one[3] + gap < other[1]
        or other[3] + gap < one[1]
    )
