"""Shapes and what covers them: plain color, an edge, an outline alone, a shadow, a gradient."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw

from tools.demo_model.catalog.colors import RGB
from tools.demo_model.pictures.drawing.box import Box, Point
from tools.demo_model.pictures.drawing.canvas import Canvas
from tools.demo_model.pictures.drawing.ramp import ramp
from tools.demo_model.tables import table

_FORMS = table("pictures/forms")
_FINENESS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Coat:
    """How the shapes of a scene are covered; `width` is of edges, as a part of the shape."""

    kind: str = "plain"
    width: float = 0.0
    edge: RGB = (20, 20, 20)
    turns: float = 1.0


def choose_coat(rng: Random, ground: RGB) -> Coat:
    """An edge is dark, or pale on a dark ground; often the shapes stand straight."""
    is_dark = sum(ground) < 380
    edges = ((20, 20, 20), (20, 20, 20), (70, 70, 70), (0, 0, 90))
    return Coat(
        kind=rng.choices(("plain", "edged", "outlined", "shadowed", "shaded"), (11, 4, 3, 1, 1))[0],
        width=rng.choice((0.025, 0.05, 0.08, 0.12)),
        edge=(235, 235, 235) if is_dark else rng.choice(edges),
        turns=rng.choice((0.0, 0.0, 1.0)),
    )


def draw_form(
    rng: Random, canvas: Canvas, form: str, color: str, box: Box, shade: RGB, coat: Coat
) -> None:
    """Draws a shape, perhaps a little turned, antialiased by drawing it larger."""
    side, paste = max(8, round(box.width)), canvas.image.paste
    turn = math.radians(rng.uniform(-1, 1) * _FORMS["turns"].get(form, 20) * coat.turns)
    mask = inked = _mask(form, turn, side, 1.0)
    left, top = corner = (round(box.left), round(box.top))
    canvas.label_mask(corner, mask, f"form {form}")
    if coat.kind == "outlined":
        # Thin lines vanish when a large picture is squashed.
        width = max(coat.width, 3 / side)
        inked = ImageChops.subtract(mask, _mask(form, turn, side, 1 - 2.4 * width))
    elif coat.kind == "edged" and color != "black":
        paste(coat.edge, corner, mask)
        inked = _mask(form, turn, side, 1 - 2 * coat.width)
    elif coat.kind == "shadowed":
        shift = max(2, round(0.05 * side))
        paste((140, 140, 140), (left + shift, top + shift), mask)
    if coat.kind == "shaded":
        # From a somewhat paler shade at the top to the shade.
        paste(ramp(shade, (side, side), start=0.35, end=0.0, is_upright=True), corner, inked)
    else:
        paste(shade, corner, inked)
    canvas.label_mask(corner, inked, f"color {color}")


def _mask(form: str, turn: float, side: int, part: float) -> Image.Image:
    """The shape at a part of its size, in the middle of a square of the full side."""
    mask = Image.new("L", (side * _FINENESS, side * _FINENESS))
    ImageDraw.Draw(mask).polygon(_turned(form, turn, side * _FINENESS, part), 255)
    return mask.reduce(_FINENESS)


def _turned(form: str, turn: float, side: int, part: float) -> list[Point]:
    cosine, sine = math.cos(turn), math.sin(turn)
    turned = [(x * cosine - y * sine, x * sine + y * cosine) for x, y in _outline(form)]
    reach = max(max(abs(x), abs(y)) for x, y in turned)
    scale = 0.98 * part / reach
    return [(side / 2 * (1 + x * scale), side / 2 * (1 + y * scale)) for x, y in turned]


@functools.cache
def _outline(form: str) -> Sequence[Point]:
    """The corners around the middle (0, 0), with y downwards."""
    if form in _FORMS["outlines"]:
        return _FORMS["outlines"][form]
    if form == "heart":
        turns = [index * math.tau / 48 for index in range(48)]
        return [(math.sin(turn) ** 3, -_heart_height(turn)) for turn in turns]
    count, depth = _FORMS["rings"][form]
    turns = [math.tau * index / count - math.pi / 2 for index in range(count)]
    radii = (1.0, depth) * count
    return [
        (radius * math.cos(turn), radius * math.sin(turn))
        for radius, turn in zip(radii, turns, strict=False)
    ]


def _heart_height(t: float) -> float:
    return (13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16
