"""Pie charts and rings of two to six slices."""

import math
from dataclasses import dataclass
from random import Random

from tools.demo_model import colours, words
from tools.demo_model.colours import RGB
from tools.demo_model.pictures import axes
from tools.demo_model.pictures.axes import Area
from tools.demo_model.pictures.canvas import Canvas
from tools.demo_model.pictures.lettering import Lettering
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.pictures.theme import Theme, choose_theme, page


@dataclass(frozen=True, slots=True, kw_only=True)
class PieFacts:
    """`shares` are whole per cents and add up to 100."""

    title: str
    names: tuple[str, ...]
    shares: tuple[int, ...]
    colours: tuple[str, ...]
    has_legend: bool
    has_shares: bool


def draw_pie_chart(rng: Random, *, is_held_out: bool) -> Picture[PieFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    canvas = page(rng, theme)
    area = axes.whole(canvas, rng)
    face = axes.text_lettering(canvas, theme, rng)
    if facts.title:
        axes.draw_title(canvas, theme, rng, area, facts.title)
    shades = [colours.shade_on(rng, name, theme.paper) for name in facts.colours]
    if facts.has_legend:
        place = "bottom" if is_held_out else rng.choice(("right", "right", "bottom"))
        entries = list(zip(facts.names, shades, strict=True))
        axes.draw_legend(canvas, theme, face, area, entries, place=place)
    _draw_slices(canvas, theme, face, area, facts, shades, rng)
    pixels, labels = canvas.finish(rng)
    return Picture(pixels=pixels, labels=labels, facts=facts)


def _choose_facts(rng: Random, theme: Theme) -> PieFacts:
    count = rng.randint(2, 6)
    return PieFacts(
        title=words.title(rng, is_held_out=theme.is_held_out) if rng.random() < 0.94 else "",
        names=tuple(words.categories(rng, count)),
        shares=tuple(_shares(rng, count)),
        colours=tuple(colours.names_on(theme.paper, rng, count)),
        has_legend=rng.random() < 0.6,
        has_shares=rng.random() < 0.6,
    )


def _shares(rng: Random, count: int) -> list[int]:
    """Shares of at least 5 %, the largest and the smallest plain to see."""
    while True:
        cuts = sorted(rng.sample(range(1, 20), count - 1))
        shares = [5 * (end - start) for start, end in zip((0, *cuts), (*cuts, 20), strict=True)]
        for _ in range(count):
            one, other = rng.sample(range(count), 2)
            if shares[one] > 7:
                moved = rng.randint(0, 2)
                shares[one] -= moved
                shares[other] += moved
        ordered = sorted(shares)
        if ordered[-1] - ordered[-2] >= 5 and ordered[1] - ordered[0] >= 4:
            return shares


def _draw_slices(
    canvas: Canvas,
    theme: Theme,
    face: Lettering,
    area: Area,
    facts: PieFacts,
    shades: list[RGB],
    rng: Random,
) -> None:
    outside = 0.0 if facts.has_legend else max(map(face.width, facts.names)) + 0.6 * face.size
    radius = min(area.width / 2 - outside, area.height / 2 - (1.4 * face.size if outside else 0))
    radius *= rng.uniform(0.88, 1.0)
    x, y = area.left + area.width / 2, area.top + area.height / 2
    box = (x - radius, y - radius, x + radius, y + radius)
    hole = radius * rng.uniform(0.35, 0.6) if rng.random() < 0.25 else 0.0
    edge = theme.paper if rng.random() < 0.6 else None
    start = rng.uniform(0, 360)
    middles: list[float] = []
    for share, shade in zip(facts.shares, shades, strict=True):
        angle = 3.6 * share
        canvas.draw.pieslice(box, start, start + angle, shade, edge, max(1, round(canvas.unit)))
        middles.append(math.radians(start + angle / 2))
        start += angle
    if hole:
        canvas.draw.ellipse((x - hole, y - hole, x + hole, y + hole), theme.paper)
    for index, turn in enumerate(middles):
        across, down = math.cos(turn), math.sin(turn)
        for part in (0.55, 0.7, 0.85):
            at = (x + across * radius * part, y + down * radius * part)
            canvas.label(at, "mark slice")
            canvas.label(at, f"colour {facts.colours[index]}")
        if facts.has_shares:
            part = max(0.66, (1 + hole / radius) / 2)
            at = (x + across * radius * part, y + down * radius * part)
            canvas.text(
                at, f"{facts.shares[index]}%", face, colours.ink_on(shades[index]), align=0.5
            )
        if not facts.has_legend:
            out = radius + 0.7 * face.size
            at = (x + across * out, y + down * out)
            canvas.text(at, facts.names[index], face, theme.ink, align=0.5 - 0.5 * across)
