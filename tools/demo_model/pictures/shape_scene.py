"""Scenes of coloured shapes."""

import functools
import math
from random import Random

from PIL import Image, ImageDraw

from tools.demo_model import colours
from tools.demo_model.classes import FORMS
from tools.demo_model.colours import RGB
from tools.demo_model.pictures.background import draw_background
from tools.demo_model.pictures.canvas import Box, Canvas, Point
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.pictures.scene import Item, SceneFacts, choose_counts, places
from tools.demo_model.pictures.theme import page_size

_PLURALS = {"hexagon": "hexagons", "cross": "crosses"}
# How far a shape may be turned, in degrees, before it looks like another one.
_TURNS = {"square": 9, "diamond": 7, "rectangle": 12, "triangle": 14, "heart": 12, "cross": 10}
_FINENESS = 3


def draw_shape_scene(rng: Random, *, is_held_out: bool) -> Picture[SceneFacts]:
    # The squash must leave a square apart from a rectangle.
    size = page_size(rng, least=0.8, most=1.25)
    image, ground, background = draw_background(rng, size, is_held_out=is_held_out)
    canvas = Canvas(image)
    looks = _looks(rng, ground)
    rng.shuffle(looks)
    items = []
    for (form, colour), box in zip(looks, places(rng, len(looks), size, (0.13, 0.38)), strict=True):
        outline = (20, 20, 20) if rng.random() < 0.12 and colour != "black" else None
        shade = colours.shade_on(rng, colour, ground)
        draw_form(rng, canvas, form, box, shade, outline)
        canvas.label_box(_core(box), (f"form {form}", f"colour {colour}"))
        items.append(item_in(canvas, box, form, plural_form(form), colour))
    pixels, labels = canvas.finish(rng)
    facts = SceneFacts(subject="shapes", items=tuple(items), background=background)
    return Picture(pixels=pixels, labels=labels, facts=facts)


def item_in(canvas: Canvas, box: Box, name: str, plural: str, colour: str) -> Item:
    return Item(
        name=name,
        plural=plural,
        colour=colour,
        x=(box[0] + box[2]) / 2 / canvas.width,
        y=(box[1] + box[3]) / 2 / canvas.height,
        size=(box[2] - box[0]) / canvas.width,
    )


def plural_form(form: str) -> str:
    return _PLURALS.get(form, f"{form}s")


def draw_form(
    rng: Random, canvas: Canvas, form: str, box: Box, shade: RGB, outline: RGB | None = None
) -> None:
    """Draws a shape, a little turned, antialiased by drawing it larger."""
    side = max(8, round(box[2] - box[0]))
    turn = math.radians(rng.uniform(-1, 1) * _TURNS.get(form, 20))
    mask = Image.new("L", (side * _FINENESS, side * _FINENESS))
    ImageDraw.Draw(mask).polygon(_turned(form, turn, side * _FINENESS), 255)
    mask = mask.reduce(_FINENESS)
    corner = (round(box[0]), round(box[1]))
    if outline:
        canvas.image.paste(outline, corner, mask)
        inner = mask.resize((round(side * 0.88), round(side * 0.88)))
        corner = (corner[0] + round(side * 0.06), corner[1] + round(side * 0.06))
        mask = inner
    canvas.image.paste(shade, corner, mask)


def _looks(rng: Random, ground: RGB) -> list[tuple[str, str]]:
    """Form and colour of every item; those of one kind share the form, mostly the colour."""
    counts = choose_counts(rng)
    forms = rng.sample(FORMS, len(counts))
    if rng.random() < 0.15:
        forms = [forms[0]] * len(counts)
    names = colours.names_on(ground, rng, len(counts))
    if rng.random() < 0.15:
        names = [names[0]] * len(counts) if len(set(forms)) > 1 else names
    looks = []
    for form, colour, count in zip(forms, names, counts, strict=True):
        is_mixed = count > 1 and rng.random() < 0.25
        many = colours.names_on(ground, rng, count) if is_mixed else [colour] * count
        looks += [(form, one) for one in many]
    return looks


def _core(box: Box) -> Box:
    """The part of the box that most shapes fill."""
    margin = (box[2] - box[0]) * 0.2
    return (box[0] + margin, box[1] + margin, box[2] - margin, box[3] - margin)


def _turned(form: str, turn: float, side: int) -> list[Point]:
    points = _outline(form)
    cosine, sine = math.cos(turn), math.sin(turn)
    turned = [(x * cosine - y * sine, x * sine + y * cosine) for x, y in points]
    reach = max(max(abs(x), abs(y)) for x, y in turned)
    return [
        (side / 2 * (1 + x / reach * 0.98), side / 2 * (1 + y / reach * 0.98)) for x, y in turned
    ]


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
