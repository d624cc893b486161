"""Flow diagrams: two to five named boxes in a row, a column or a ring, joined by arrows."""

import itertools
import math
from dataclasses import dataclass
from random import Random

from tools.demo_model.catalog import colors, words
from tools.demo_model.pictures.drawing.box import Box, Point, paint_rounded_box
from tools.demo_model.pictures.drawing.lettering import fitting
from tools.demo_model.pictures.drawing.page import Page
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.drawing.theme import Theme, choose_theme
from tools.demo_model.pictures.drawing.title import choose_title, lay_out


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagramFacts:
    """`steps` in the order of the arrows; in a ring an arrow leads from the last to the first.

    `colors` has one color for all boxes, or one a box, or none if they are not filled.
    """

    title: str
    steps: tuple[str, ...]
    colors: tuple[str, ...]
    layout: str


def draw_diagram(rng: Random, *, is_held_out: bool) -> Picture[DiagramFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    page = Page(rng, theme)
    lay_out(page, facts.title)
    boxes = _places(page, facts)
    _draw_arrows(page, boxes, is_ring=facts.layout == "ring")
    _draw_boxes(page, boxes, facts)
    return page.finish(facts)


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
        title=choose_title(rng, theme, share=0.55),
        steps=tuple(steps),
        colors=tuple(colors.names_on(theme.paper, rng, filled)),
        layout=layout,
    )


def _places(page: Page, facts: DiagramFacts) -> list[Box]:
    rng, area, count = page.rng, page.area, len(facts.steps)
    x, y = area.middle
    if facts.layout == "ring":
        width, height = area.width * 0.3, area.height * rng.uniform(0.13, 0.18)
        start = -math.pi / 2 + rng.choice((0.0, math.pi / 4))
        turns = [start + 2 * math.pi * index / count for index in range(count)]
        across, down = (area.width - width) / 2, (area.height - height) / 2
        middles = [(x + math.cos(turn) * across, y + math.sin(turn) * down) for turn in turns]
    elif facts.layout == "row":
        slot = area.width / count
        width, height = slot * rng.uniform(0.66, 0.76), area.height * rng.uniform(0.15, 0.35)
        middles = [(area.left + slot * (index + 0.5), y) for index in range(count)]
    else:
        slot = area.height / count
        width, height = area.width * rng.uniform(0.35, 0.6), slot * rng.uniform(0.5, 0.64)
        middles = [(x, area.top + slot * (index + 0.5)) for index in range(count)]
    return [Box.around(middle, width, height) for middle in middles]


def _draw_boxes(page: Page, boxes: list[Box], facts: DiagramFacts) -> None:
    rng, theme = page.rng, page.theme
    shades = [colors.shade_on(rng, name, theme.paper) for name in facts.colors]
    line = page.canvas.line_width(rng.uniform(1.5, 3.5))
    shape = rng.choice(("ellipse", "rounded", "square"))
    radius = rng.uniform(6, 14) * page.unit if shape == "rounded" else 0
    # The part of a box's width that a name may take is less in an ellipse.
    room = boxes[0].width * (0.78 if shape == "ellipse" else 0.92)
    size, longest = rng.uniform(18, 27) * page.unit, max(facts.steps, key=len)
    face = fitting(theme.text_cut, longest, size=size, width=room, smallest=9 * page.unit)
    for index, (box, step) in enumerate(zip(boxes, facts.steps, strict=True)):
        fill = shades[index % len(shades)] if shades else theme.paper
        if shape == "ellipse":
            page.draw.ellipse(box, fill, theme.ink, line)
        else:
            paint_rounded_box(page.draw, box, radius, fill, theme.ink, line)
        page.canvas.label_box(box, "mark box")
        if shades:
            page.canvas.label_box(box, f"color {facts.colors[index % len(shades)]}")
        page.text(box.middle, step, face=face, ink=colors.ink_on(fill), align=0.5)


def _draw_arrows(page: Page, boxes: list[Box], *, is_ring: bool) -> None:
    line = page.canvas.line_width(page.rng.uniform(2, 4))
    head = page.rng.uniform(9, 14) * page.unit
    for start, end in itertools.pairwise([*boxes, boxes[0]] if is_ring else boxes):
        _draw_arrow(page, _edge(start, end), _edge(end, start), line, head)


def _draw_arrow(page: Page, start: Point, end: Point, line: int, head: float) -> None:
    turn = math.atan2(end[1] - start[1], end[0] - start[0])
    across, down = math.cos(turn), math.sin(turn)
    x, y = end[0] - across * head, end[1] - down * head
    page.draw.line((*start, x, y), page.theme.ink, line)
    side_x, side_y = -down * head * 0.6, across * head * 0.6
    corners = (end, (x + side_x, y + side_y), (x - side_x, y - side_y))
    page.draw.polygon(corners, page.theme.ink)
    page.canvas.label(((end[0] + x) / 2, (end[1] + y) / 2), "mark arrow head")


def _edge(start: Box, end: Box) -> Point:
    """Where the line between the middles of two boxes leaves the first one."""
    x, y = start.middle
    across, down = end.middle[0] - x, end.middle[1] - y
    part = min(
        (start.width / 2 + 3) / abs(across) if across else math.inf,
        (start.height / 2 + 3) / abs(down) if down else math.inf,
    )
    return x + across * part, y + down * part
