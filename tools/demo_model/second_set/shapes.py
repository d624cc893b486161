"""Scenes of colored shapes that lie apart from each other."""

# pyright: reportMissingImports=false
# matplotlib is a requirement of this set alone.

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch, Polygon, Rectangle

from tools.demo_model.second_set import palette
from tools.demo_model.tables import table

# Forms that are rings of corners: how many, and how far every other one lies from the middle.
_RINGS = table("second_set")["rings"]
FORMS = ("circle", "square", *_RINGS)


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of a scene."""

    form: str
    color: str


def shape_scene(rng: Random, figure: Figure, shapes: Sequence[Shape]) -> None:
    """Draws the shapes anywhere, each of a size of its own."""
    figure.set_facecolor(palette.ground(rng))
    width, height = (round(side) for side in (figure.bbox.width, figure.bbox.height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.axis("off")
    edge = rng.choice(({"linewidth": 0}, {"edgecolor": "black", "linewidth": 2}))
    for shape, place in zip(shapes, _places(rng, len(shapes), width, height), strict=True):
        patch = _patch(rng, shape.form, *place)
        patch.set(facecolor=palette.value(rng, shape.color), **edge)
        axes.add_patch(patch)


def _places(rng: Random, count: int, width: int, height: int) -> list[tuple[float, float, float]]:
    """Centers and radii that keep a distance; the radii shrink while there is no room."""
    places: list[tuple[float, float, float]] = []
    side, shrink = min(width, height), 1.0
    while len(places) < count:
        radius = shrink * side * rng.uniform(0.07, 0.17)
        x, y = (rng.uniform(radius + 5, length - radius - 5) for length in (width, height))
        if all(math.dist((x, y), place[:2]) > 1.1 * (radius + place[2]) for place in places):
            places.append((x, y, radius))
        shrink = max(0.5, shrink * 0.98)
    return places


def _patch(rng: Random, form: str, x: float, y: float, radius: float) -> Patch:
    if form == "circle":
        return Circle((x, y), 0.9 * radius)
    if form == "square":
        half = 0.7 * radius
        return Rectangle((x - half, y - half), 2 * half, 2 * half)
    count, depth = _RINGS[form]
    tilt = 0.0 if depth < 1 else rng.uniform(-0.2, 0.2)
    corners = []
    # The first one on top but for the tilt.
    for index in range(count):
        angle, reach = tilt + math.tau * index / count, radius * (depth if index % 2 else 1.0)
        corners.append((x + reach * math.sin(angle), y + reach * math.cos(angle)))
    return Polygon(corners)
