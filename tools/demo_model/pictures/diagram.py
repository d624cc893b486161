"""Flow diagrams: two to five named boxes in a row, a column or a ring, joined by arrows."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tools.demo_model import colours, words
from tools.demo_model.colours import RGB
from tools.demo_model.pictures import axes
from tools.demo_model.pictures.area import Area, whole
from tools.demo_model.pictures.canvas import Box, Canvas, Point
from tools.demo_model.pictures.lettering import fitting
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.pictures.rounded_box import paint_rounded_box
from tools.demo_model.pictures.theme import Theme, choose_theme, page


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagramFacts:
    """`steps` in the order of the arrows; in a ring an arrow leads from the last to the first.

    `colours` has one colour for all boxes, or one a box, or none if they are not filled.
    """

    title: str
    steps: tuple[str, ...]
    colours: tuple[str, ...]
    layout: str


def draw_diagram(rng: Random, *, is_held_out: bool) -> Picture[DiagramFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    canvas = page(rng, theme)
    area = whole(canvas, rng)
    if facts.title:
        axes.draw_title(canvas, theme, rng, area, facts.title)
    boxes = _places(rng, area, facts)
    _draw_arrows(canvas, theme, rng, boxes, is_ring=facts.layout == "ring")
    _draw_boxes(canvas, theme, rng, boxes, facts)
    pixels, labels = canvas.finish(rng)
    return Picture(pixels=pixels, labels=labels, facts=facts)


def _choose_facts(rng: Random, theme: Theme) -> DiagramFacts:
    count = rng.randint(2, 5)
    layout = "ring" if count >= 3 and rng.random() < 0.25 else rng.choice(("row", "column"))
    if layout == "row" and count == 5:
        layout = "column"
    filled = rng.choice((0, 1, 1, count))
    steps = rng.sample(words.STEPS, count)
    if rng.random() < 0.4:
        steps = words.distinct_words(rng, count)
    return DiagramFacts(
        title=words.title(rng, is_held_out=theme.is_held_out) if rng.random() < 0.55 else "",
        steps=tuple(steps),
        colours=tuple(colours.names_on(theme.paper, rng, filled)),
        layout=layout,
    )


def _places(rng: Random, area: Area, facts: DiagramFacts) -> list[Box]:
    count, layout = len(facts.steps), facts.layout
    middle = (area.left + area.width / 2, area.top + area.height / 2)
    if layout == "ring":
        width, height = area.width * 0.3, area.height * rng.uniform(0.13, 0.18)
        start = -math.pi / 2 + rng.choice((0.0, math.pi / 4))
        turns = [start + 2 * math.pi * index / count for index in range(count)]
        reach = ((area.width - width) / 2, (area.height - height) / 2)
        middles = [
            (middle[0] + math.cos(turn) * reach[0], middle[1] + math.sin(turn) * reach[1])
            for turn in turns
        ]
    elif layout == "row":
        slot = area.width / count
        width, height = slot * rng.uniform(0.66, 0.76), area.height * rng.uniform(0.15, 0.35)
        middles = [(area.left + slot * (index + 0.5), middle[1]) for index in range(count)]
    else:
        slot = area.height / count
        width, height = area.width * rng.uniform(0.35, 0.6), slot * rng.uniform(0.5, 0.64)
        middles = [(middle[0], area.top + slot * (index + 0.5)) for index in range(count)]
    return [(x - width / 2, y - height / 2, x + width / 2, y + height / 2) for x, y in middles]


def _draw_boxes(
    canvas: Canvas, theme: Theme, rng: Random, boxes: list[Box], facts: DiagramFacts
) -> None:
    shades = [colours.shade_on(rng, name, theme.paper) for name in facts.colours]
    line = max(1, round(rng.uniform(1.5, 3.5) * canvas.unit))
    draw_shape, part = _shape(canvas, rng)
    room = (boxes[0][2] - boxes[0][0]) * part
    longest = max(facts.steps, key=len)
    size = rng.uniform(18, 27) * canvas.unit
    face = fitting(theme.text_cut, longest, size=size, width=room, smallest=9 * canvas.unit)
    for index, (box, step) in enumerate(zip(boxes, facts.steps, strict=True)):
        fill: RGB = shades[index % len(shades)] if shades else theme.paper
        draw_shape(box, fill, theme.ink, line)
        canvas.label_box(box, ("mark box",))
        if shades:
            canvas.label_box(box, (f"colour {facts.colours[index % len(shades)]}",))
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        canvas.text(middle, step, face, colours.ink_on(fill), align=0.5)


def _shape(canvas: Canvas, rng: Random) -> tuple[Callable[[Box, RGB, RGB, int], None], float]:
    """How every box is drawn, and the part of its width that a name may take."""
    draw, kind = canvas.draw, rng.randrange(3)
    if kind == 0:
        return draw.ellipse, 0.78
    radius = rng.uniform(6, 14) * canvas.unit if kind == 1 else 0

    def draw_box(box: Box, fill: RGB, edge: RGB, line: int) -> None:
        paint_rounded_box(draw, box, radius, fill, edge=edge, line=line)

    return draw_box, 0.92


def _draw_arrows(
    canvas: Canvas, theme: Theme, rng: Random, boxes: list[Box], *, is_ring: bool
) -> None:
    line = max(1, round(rng.uniform(2, 4) * canvas.unit))
    head = rng.uniform(9, 14) * canvas.unit
    pairs = list(itertools.pairwise(boxes))
    if is_ring:
        pairs.append((boxes[-1], boxes[0]))
    for start, end in pairs:
        _draw_arrow(canvas, theme.ink, _edge(start, end), _edge(end, start), line, head)


def _draw_arrow(canvas: Canvas, ink: RGB, start: Point, end: Point, line: int, head: float) -> None:
    turn = math.atan2(end[1] - start[1], end[0] - start[0])
    across, down = math.cos(turn), math.sin(turn)
    base = (end[0] - across * head, end[1] - down * head)
    canvas.draw.line((*start, *base), ink, line)
    side = (-down * head * 0.6, across * head * 0.6)
    corners = (end, (base[0] + side[0], base[1] + side[1]), (base[0] - side[0], base[1] - side[1]))
    canvas.draw.polygon(corners, ink)
    canvas.label(((end[0] + base[0]) / 2, (end[1] + base[1]) / 2), "mark arrow head")


def _edge(start: Box, end: Box) -> Point:
    """Where the line between the middles of two boxes leaves the first one."""
    x, y = (start[0] + start[2]) / 2, (start[1] + start[3]) / 2
    across, down = (end[0] + end[2]) / 2 - x, (end[1] + end[3]) / 2 - y
    half_width, half_height = (start[2] - start[0]) / 2 + 3, (start[3] - start[1]) / 2 + 3
    part = min(
        half_width / abs(across) if across else math.inf,
        half_height / abs(down) if down else math.inf,
    )
    return x + across * part, y + down * part
