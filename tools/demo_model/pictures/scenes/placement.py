"""Where the things of a scene stand: in a line, a grid, a ring or anywhere, never touching."""

import math
from random import Random

from tools.demo_model.pictures.drawing.box import Box

Size = tuple[int, int]
# The least and the greatest side, as parts of the shorter edge.
Sides = tuple[float, float]


def places(rng: Random, count: int, size: Size, sides: Sides) -> list[Box]:
    """Square boxes."""
    if rng.random() < 0.35:
        side = rng.uniform(*sides)
        sides = (side, side)
    draws = (_in_line, _in_grid, _in_ring, _scattered)
    draw = rng.choices(draws, (5, 4 if count > 2 else 0, 1 if count > 2 else 0, 9))[0]
    return draw(rng, count, size, sides)


def _scattered(rng: Random, count: int, size: Size, sides: Sides) -> list[Box]:
    """Anywhere, and smaller after every failed attempt; at times nearly touching."""
    edge, shrink = min(size), 1.0
    gap = rng.choice((0.006, 0.03, 0.03, 0.06)) * edge
    while True:
        found: list[Box] = []
        for _ in range(count * 12):
            side = rng.uniform(*sides) * edge * shrink
            x, y = (rng.uniform(4, length - side - 4) for length in size)
            box = _square(x, y, side)
            if not any(_touch(box, other, gap) for other in found):
                found.append(box)
            if len(found) == count:
                return found
        shrink *= 0.9


def _in_line(rng: Random, count: int, size: Size, sides: Sides) -> list[Box]:
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
        boxes.append(_square(a, b, side) if is_row else _square(b, a, side))
    return boxes


def _in_grid(rng: Random, count: int, size: Size, sides: Sides) -> list[Box]:
    """In cells of even rows and columns, of which the last may stay empty, or any."""
    columns = rng.choice([n for n in (2, 3, 4) if n <= count])
    rows = -(-count // columns)
    width, height = size[0] / columns, size[1] / rows
    side = min(width, height) * rng.uniform(0.45, 0.9)
    side = max(min(side, sides[1] * min(size)), min(sides[0] * min(size), side))
    cells = list(range(rows * columns))
    chosen = cells[:count] if rng.random() < 0.7 else sorted(rng.sample(cells, count))
    middles = (
        ((cell % columns + 0.5) * width, (cell // columns + 0.5) * height) for cell in chosen
    )
    return [_square(x - side / 2, y - side / 2, side) for x, y in middles]


def _in_ring(rng: Random, count: int, size: Size, sides: Sides) -> list[Box]:
    """Around the middle."""
    edge = min(size)
    # Neighbors lie a chord apart, and the squares must not touch even at their corners.
    chord = 2 * math.sin(math.pi / count)
    part = rng.uniform(0.5, 0.66) * chord / (1 + 0.66 * chord)
    side = min(part * edge / 2, sides[1] * edge)
    radius = edge / 2 - side * 0.72
    start = rng.uniform(0, math.tau)
    turns = (start + math.tau * index / count for index in range(count))
    middles = (
        (size[0] / 2 + radius * math.cos(turn), size[1] / 2 + radius * math.sin(turn))
        for turn in turns
    )
    return [_square(x - side / 2, y - side / 2, side) for x, y in middles]


def _square(left: float, top: float, side: float) -> Box:
    return Box(left, top, left + side, top + side)


def _touch(one: Box, other: Box, gap: float) -> bool:
    return not (
        one.right + gap < other.left
        or other.right + gap < one.left
        or one.bottom + gap < other.top
        or other.bottom + gap < one.top
    )
