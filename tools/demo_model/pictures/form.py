"""Shapes and what covers them: plain colour, an edge, an outline alone, a shadow, a gradient."""

import functools
import math
from dataclasses import dataclass
from random import Random
from typing import Literal

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from tools.demo_model.colours import RGB
from tools.demo_model.pictures.canvas import Box, Canvas, Point

Kind = Literal["plain", "edged", "outlined", "shadowed", "shaded"]

# How far a shape may be turned, in degrees, before it looks like another one.
_TURNS = {"square": 9, "diamond": 7, "rectangle": 12, "triangle": 14, "heart": 12, "cross": 10}
_FINENESS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Coat:
    """How the shapes of a scene are covered; `width` is of edges, as a part of the shape."""

    kind: Kind
    width: float = 0.0
    edge: RGB = (20, 20, 20)
    turns: float = 1.0


PLAIN = Coat(kind="plain")


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
    rng: Random, canvas: Canvas, form: str, colour: str, box: Box, shade: RGB, coat: Coat
) -> None:
    """Draws a shape, perhaps a little turned, antialiased by drawing it larger."""
    side = max(8, round(box[2] - box[0]))
    turn = math.radians(rng.uniform(-1, 1) * _TURNS.get(form, 20) * coat.turns)
    mask = _mask(form, turn, side, 1.0)
    corner = (round(box[0]), round(box[1]))
    canvas.label_mask(corner, mask, (f"form {form}",))
    inked = mask
    if coat.kind == "outlined":
        # Thin lines vanish when a large picture is squashed.
        width = max(coat.width, 3 / side)
        inked = ImageChops.subtract(mask, _mask(form, turn, side, 1 - 2.4 * width))
    elif coat.kind == "edged" and colour != "black":
        canvas.image.paste(coat.edge, corner, mask)
        inked = _mask(form, turn, side, 1 - 2 * coat.width)
    elif coat.kind == "shadowed":
        shift = max(2, round(0.05 * side))
        canvas.image.paste((140, 140, 140), (corner[0] + shift, corner[1] + shift), mask)
    if coat.kind == "shaded":
        canvas.image.paste(_ramp(shade, side), corner, inked)
    else:
        canvas.image.paste(shade, corner, inked)
    canvas.label_mask(corner, inked, (f"colour {colour}",))


def _mask(form: str, turn: float, side: int, part: float) -> Image.Image:
    """The shape at a part of its size, in the middle of a square of the full side."""
    mask = Image.new("L", (side * _FINENESS, side * _FINENESS))
    ImageDraw.Draw(mask).polygon(_turned(form, turn, side * _FINENESS, part), 255)
    return mask.reduce(_FINENESS)


def _ramp(shade: RGB, side: int) -> Image.Image:
    """From a somewhat paler shade at the top to the shade."""
    part = np.linspace(0.35, 0, side)[:, None, None]
    ramp = np.array(shade) * (1 - part) + 255 * part
    pixels = np.broadcast_to(ramp.astype(np.uint8), (side, side, 3))
    return Image.fromarray(np.ascontiguousarray(pixels))


def _turned(form: str, turn: float, side: int, part: float) -> list[Point]:
    points = _outline(form)
    cosine, sine = math.cos(turn), math.sin(turn)
    turned = [(x * cosine - y * sine, x * sine + y * cosine) for x, y in points]
    reach = max(max(abs(x), abs(y)) for x, y in turned)
    scale = 0.98 * part / reach
    return [(side / 2 * (1 + x * scale), side / 2 * (1 + y * scale)) for x, y in turned]


@functools.cache
def _outline(form: str) -> tuple[Point, ...]:
    """The corners around the middle (0, 0), with y downwards."""
    if form == "square":
        return ((-1, -1), (1, -1), (1, 1), (-1, 1))
    if form == "rectangle":
        return ((-1, -0.45), (1, -0.45), (1, 0.45), (-1, 0.45))
    if form == "diamond":
        return ((0, -1), (0.72, 0), (0, 1), (-0.72, 0))
    if form == "cross":
        a = 0.33
        return tuple(
            (x, y)
            for x, y in (
                *((-a, -1), (a, -1), (a, -a), (1, -a), (1, a), (a, a)),
                *((a, 1), (-a, 1), (-a, a), (-1, a), (-1, -a), (-a, -a)),
            )
        )
    if form == "heart":
        turns = [index * math.tau / 48 for index in range(48)]
        return tuple((math.sin(t) ** 3, -_heart_height(t)) for t in turns)
    if form == "star":
        return _ring(10, (1.0, 0.42))
    return _ring({"circle": 48, "triangle": 3, "pentagon": 5, "hexagon": 6}[form], (1.0, 1.0))


def _ring(count: int, radii: tuple[float, float]) -> tuple[Point, ...]:
    turns = [math.tau * index / count - math.pi / 2 for index in range(count)]
    return tuple(
        (radii[index % 2] * math.cos(turn), radii[index % 2] * math.sin(turn))
        for index, turn in enumerate(turns)
    )


def _heart_height(t: float) -> float:
    return (13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16
