"""How bars look, as the many programs that draw charts make them, and how one is painted."""

from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

from tools.demo_model.catalog.colors import RGB
from tools.demo_model.pictures.drawing.box import Box, Point, paint_rounded_box
from tools.demo_model.pictures.drawing.canvas import Canvas
from tools.demo_model.pictures.drawing.ramp import ramp
from tools.demo_model.pictures.drawing.theme import Theme

_FILLS = ("plain", "shaded", "hatched", "outlined")
_VALUE_PLACES = ("beyond", "inside", "middle", "foot")


@dataclass(frozen=True, slots=True, kw_only=True)
class BarStyle:
    """`part` is a bar's width in its slot; `label_turn` is in degrees, 0 where labels lie."""

    part: float
    fill: str
    edge: RGB | None
    edge_width: float
    radius: float
    has_shadow: bool
    has_error_bars: bool
    value_place: str
    label_turn: int


def choose_style(rng: Random, theme: Theme) -> BarStyle:
    part = rng.choice((0.8, 0.8, 0.6, rng.uniform(0.25, 0.6), rng.uniform(0.5, 0.95), 1.0))
    edges = ((0, 0, 0), theme.ink, theme.paper, (90, 90, 90))
    has_edge = part > 0.96 or rng.random() < 0.2
    return BarStyle(
        part=part,
        fill=rng.choices(_FILLS, (78, 9, 7, 6))[0],
        edge=rng.choice(edges) if has_edge else None,
        edge_width=rng.choice((1, 1, 2, 3)),
        radius=rng.uniform(3, 9) if rng.random() < 0.1 and part < 0.9 else 0.0,
        has_shadow=rng.random() < 0.04,
        has_error_bars=rng.random() < 0.06,
        value_place=rng.choices(_VALUE_PLACES, (12, 3, 2, 1))[0],
        label_turn=rng.choices((0, 45, 30, 90), (14, 3, 1, 2))[0],
    )


def paint_bar(canvas: Canvas, style: BarStyle, box: Box, shade: RGB, *, is_lying: bool) -> None:
    """Fills the box of one bar."""
    draw, unit = canvas.draw, canvas.unit
    edge, line = style.edge, canvas.line_width(style.edge_width) if style.edge else 0
    if style.has_shadow:
        shift = 3 * unit
        shadow = Box(box.left + shift, box.top + shift, box.right + shift, box.bottom)
        draw.rectangle(shadow, (150, 150, 150))
    if style.fill == "outlined" and min(box.width, box.height) > 10 * unit:
        draw.rectangle(box, None, shade, max(2, round(3 * unit)))
        return
    if style.fill == "shaded":
        left, top, size = _pixels(box)
        canvas.image.paste(ramp(shade, size, end=0.45, is_upright=is_lying), (left, top))
        draw.rectangle(box, None, edge, line)
    elif style.radius:
        paint_rounded_box(draw, box, style.radius * unit, shade, edge, line)
    else:
        draw.rectangle(box, shade, edge, line)
    if style.fill == "hatched":
        _hatch_box(canvas, box, shade)


def paint_error_bar(canvas: Canvas, ink: RGB, end: Point, *, is_lying: bool) -> None:
    """A whisker over the end of a bar."""
    reach, cap, line = 7 * canvas.unit, 4 * canvas.unit, canvas.line_width(1.3)
    lines = [(-reach, 0, reach, 0), (-reach, -cap, -reach, cap), (reach, -cap, reach, cap)]
    for a, b, c, d in lines if is_lying else [(b, a, d, c) for a, b, c, d in lines]:
        canvas.draw.line((end[0] + a, end[1] + b, end[0] + c, end[1] + d), ink, line)


def _hatch_box(canvas: Canvas, box: Box, shade: RGB) -> None:
    """Thin leaning lines over the shade."""
    left, top, (width, height) = _pixels(box)
    mask = Image.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    for start in range(-height, width, max(5, round(9 * canvas.unit))):
        draw.line((start, height, start + height, 0), 255, canvas.line_width(1))
    ink = (255, 255, 255) if sum(shade) < 380 else (30, 30, 30)
    canvas.image.paste(ink, (left, top), mask)


def _pixels(box: Box) -> tuple[int, int, tuple[int, int]]:
    """The corner and the size in whole pixels, at least one."""
    left, top, right, bottom = box.rounded()
    return left, top, (max(1, right - left), max(1, bottom - top))
