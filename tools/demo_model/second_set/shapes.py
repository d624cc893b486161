"""Scenes of coloured shapes that lie apart from each other."""

# pyright: reportMissingImports=false
# matplotlib is a requirement of this set alone.

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch, Polygon, Rectangle

from tools.demo_model.second_set import colours

FORMS = ("circle", "square", "triangle", "diamond", "pentagon", "hexagon", "star")
_CORNERS = {"triangle": 3, "pentagon": 5, "hexagon": 6}


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of a scene."""

    form: str
    colour: str


def shape_scene(rng: Random, figure: Figure, shapes: Sequence[Shape]) -> None:
    """Draws the shapes anywhere, each of a size of its own."""
    figure.set_facecolor(colours.ground(rng))
    width, height = (round(side) for side in (figure.bbox.width, figure.bbox.height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.axis("off")
    edge = rng.choice(({"linewidth": 0}, {"edgecolor": "black", "linewidth": 2}))
    for shape, (x, y, radius) in zip(shapes, _places(rng, len(shapes), width, height), strict=True):
        patch = _patch(rng, shape.form, x, y, radius)
        patch.set(facecolor=colours.value(rng, shape.colour), **edge)
        axes.add_patch(patch)


def _places(rng: Random, count: int, width: int, height: int) -> list[tuple[float, float, float]]:
    """Centres and radii that keep a distance; the radii shrink while there is no room."""
    places: list[tuple[float, float, float]] = []
    side, shrink = min(width, height), 1.0
    while len(places) < count:
        radius = shrink * side * rng.uniform(0.07, 0.17)
        x = rng.uniform(radius + 5, width - radius - 5)
        y = rng.uniform(radius + 5, height - radius - 5)
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
    if form == "diamond":
        return Polygon(_ring(x, y, (radius, 0.75 * radius) * 2, turn=0))
    if form == "star":
        return Polygon(_ring(x, y, (radius, 0.42 * radius) * 5, turn=0))
    tilt = rng.uniform(-0.2, 0.2)
    return Polygon(_ring(x, y, (radius,) * _CORNERS[form], turn=tilt))


def _ring(x: float, y: float, radii: Sequence[float], *, turn: float) -> list[tuple[float, float]]:
    """Corners around a centre, the first one on top but for the turn."""
    angles = [turn + math.tau * index / len(radii) for index in range(len(radii))]
    return [
        (x + radius * math.sin(angle), y + radius * math.cos(angle))
        for radius, angle in zip(radii, angles, strict=True)
    ]
