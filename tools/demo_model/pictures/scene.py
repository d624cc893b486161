"""Scenes of single things on a ground: where they are and what they are."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from tools.demo_model.pictures.canvas import Box, Canvas


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
    """How many there are of each kind: mostly one kind or two, nine things at most."""
    num_kinds = rng.choices((1, 2, 3), (6, 5, 3))[0]
    if num_kinds == 1:
        return [rng.choices(range(1, 10), (5, 4, 4, 4, 4, 4, 2, 1, 1))[0]]
    while True:
        counts = [rng.choices(range(1, 7), (6, 4, 3, 3, 2, 2))[0] for _ in range(num_kinds)]
        if sum(counts) <= 9:
            return counts


def label_groups(canvas: Canvas, items: Sequence[Item], boxes: Sequence[Box]) -> None:
    """Says of every item how many are like it, and where its middle is."""
    names = Counter(item.name for item in items)
    colours = Counter(item.colour for item in items)
    for item, box in zip(items, boxes, strict=True):
        classes = [f"name of {names[item.name]}", f"scene of {len(items)}"]
        if item.colour:
            classes.append(f"colour of {colours[item.colour]}")
        margin = (box[2] - box[0]) * 0.2
        inner = (box[0] + margin, box[1] + margin, box[2] - margin, box[3] - margin)
        canvas.label_box(inner, classes)
        canvas.label(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), "mark middle")


def places(rng: Random, count: int, size: tuple[int, int], sides: tuple[float, float]) -> list[Box]:
    """Square boxes that do not touch, their sides within two parts of the shorter edge."""
    if rng.random() < 0.35:
        side = rng.uniform(*sides)
        sides = (side, side)
    draws = (_in_line, _in_grid, _in_ring, _scattered)
    draw = rng.choices(draws, (5, 4 if count > 2 else 0, 1 if count > 2 else 0, 9))[0]
    return draw(rng, count, size, sides)


def _scattered(
    rng: Random, count: int, size: tuple[int, int], sides: tuple[float, float]
) -> list[Box]:
    """Anywhere, and smaller after every failed attempt; at times nearly touching."""
    edge, shrink = min(size), 1.0
    gap = rng.choice((0.006, 0.03, 0.03, 0.06)) * edge
    while True:
        found: list[Box] = []
        for _ in range(count * 12):
            side = rng.uniform(*sides) * edge * shrink
            x, y = rng.uniform(4, size[0] - side - 4), rng.uniform(4, size[1] - side - 4)
            box = (x, y, x + side, y + side)
            if not any(_touch(box, other, gap) for other in found):
                found.append(box)
            if len(found) == count:
                return found
        shrink *= 0.9


def _in_line(
    rng: Random, count: int, size: tuple[int, int], sides: tuple[float, float]
) -> list[Box]:
    """In a row or a column, over the whole length or close together."""
    is_row = rng.random() < 0.65
    length, breadth = size if is_row else size[::-1]
    reach = length * rng.uniform(0.6, 1.0) if rng.random() < 0.4 else length
    start = rng.uniform(0, length - reach)
    slot = reach / count
    side = min(rng.uniform(*sides) * min(size), slot * rng.choice((0.72, 0.86, 0.94)))
    along_breadth = rng.uniform(6, breadth - side - 6)
    unrest = rng.choice((0.0, 0.0, 0.2))
    boxes = []
    for index in range(count):
        a = start + slot * index + (slot - side) * (0.5 + unrest * rng.uniform(-1, 1))
        b = min(breadth - side, max(0.0, along_breadth + rng.uniform(-1, 1) * unrest * side))
        x, y = (a, b) if is_row else (b, a)
        boxes.append((x, y, x + side, y + side))
    return boxes


def _in_grid(
    rng: Random, count: int, size: tuple[int, int], sides: tuple[float, float]
) -> list[Box]:
    """In cells of even rows and columns, of which the last may stay empty, or any."""
    columns = rng.choice([n for n in (2, 3, 4) if n <= count])
    rows = -(-count // columns)
    width, height = size[0] / columns, size[1] / rows
    side = min(width, height) * rng.uniform(0.45, 0.9)
    side = max(min(side, sides[1] * min(size)), min(sides[0] * min(size), side))
    cells = list(range(rows * columns))
    chosen = cells[:count] if rng.random() < 0.7 else sorted(rng.sample(cells, count))
    boxes = []
    for cell in chosen:
        x = (cell % columns + 0.5) * width - side / 2
        y = (cell // columns + 0.5) * height - side / 2
        boxes.append((x, y, x + side, y + side))
    return boxes


def _in_ring(
    rng: Random, count: int, size: tuple[int, int], sides: tuple[float, float]
) -> list[Box]:
    """Around the middle."""
    edge = min(size)
    # Neighbours lie a chord apart, and the squares must not touch even at their corners.
    chord = 2 * math.sin(math.pi / count)
    part = rng.uniform(0.5, 0.66) * chord / (1 + 0.66 * chord)
    side = min(part * edge / 2, sides[1] * edge)
    radius = edge / 2 - side * 0.72
    start = rng.uniform(0, math.tau)
    boxes = []
    for index in range(count):
        turn = start + math.tau * index / count
        x = size[0] / 2 + radius * math.cos(turn) - side / 2
        y = size[1] / 2 + radius * math.sin(turn) - side / 2
        boxes.append((x, y, x + side, y + side))
    return boxes


def _touch(one: Box, other: Box, gap: float) -> bool:
    return not (
        one[2] + gap < other[0]
        or other[2] + gap < one[0]
        or one[3] + gap < other[1]
        or other[3] + gap < one[1]
    )
