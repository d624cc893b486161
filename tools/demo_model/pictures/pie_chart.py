"""Pie charts and rings of two to six slices."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from tools.demo_model import colours, words
from tools.demo_model.colours import RGB
from tools.demo_model.pictures import axes
from tools.demo_model.pictures.area import Area, whole
from tools.demo_model.pictures.canvas import Box, Canvas, Point
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
    area = whole(canvas, rng)
    face = axes.text_lettering(canvas, theme, rng)
    if facts.title:
        axes.draw_title(canvas, theme, rng, area, facts.title)
    shades = [colours.shade_on(rng, name, theme.paper) for name in facts.colours]
    if max(map(face.width, facts.names)) > 0.3 * area.width:
        # Beside the ring such names would leave next to nothing for it.
        facts = replace(facts, has_legend=True)
    if facts.has_legend:
        place = "bottom" if is_held_out else rng.choice(("right", "right", "bottom"))
        entries = list(zip(facts.names, shades, strict=True))
        axes.draw_legend(canvas, theme, face, area, entries, place=place)
    ring = _place_ring(rng, area, face, facts)
    middles = _draw_slices(canvas, theme, rng, ring, facts, shades)
    _name_slices(canvas, theme, face, ring, facts, shades, middles)
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


@dataclass(frozen=True, slots=True)
class _Ring:
    """The circle around (x, y); the hole has no radius where there is none."""

    x: float
    y: float
    radius: float
    hole: float

    def at(self, turn: float, part: float) -> Point:
        """In the direction `turn`, at a part of the radius."""
        reach = self.radius * part
        return self.x + math.cos(turn) * reach, self.y + math.sin(turn) * reach

    def box(self, radius: float) -> Box:
        return self.x - radius, self.y - radius, self.x + radius, self.y + radius


def _place_ring(rng: Random, area: Area, face: Lettering, facts: PieFacts) -> _Ring:
    outside = 0.0 if facts.has_legend else max(map(face.width, facts.names)) + 0.6 * face.size
    radius = min(area.width / 2 - outside, area.height / 2 - (1.4 * face.size if outside else 0))
    radius *= rng.uniform(0.88, 1.0)
    hole = radius * rng.uniform(0.35, 0.6) if rng.random() < 0.25 else 0.0
    return _Ring(area.left + area.width / 2, area.top + area.height / 2, radius, hole)


def _draw_slices(
    canvas: Canvas, theme: Theme, rng: Random, ring: _Ring, facts: PieFacts, shades: list[RGB]
) -> list[float]:
    """The directions of the middles of the slices."""
    edge = theme.paper if rng.random() < 0.6 else None
    line = max(1, round(canvas.unit))
    start = rng.uniform(0, 360)
    middles: list[float] = []
    for share, shade, colour in zip(facts.shares, shades, facts.colours, strict=True):
        angle = 3.6 * share
        canvas.draw.pieslice(ring.box(ring.radius), start, start + angle, shade, edge, line)
        classes = ("mark slice", f"colour {colour}", *_rank(share, facts.shares))
        for part in (0.2, 0.5, 0.8):
            _label_ray(canvas, ring, math.radians(start + part * angle), classes)
        middles.append(math.radians(start + angle / 2))
        start += angle
    if ring.hole:
        canvas.draw.ellipse(ring.box(ring.hole), theme.paper)
    return middles


def _rank(share: int, shares: Sequence[int]) -> tuple[str, ...]:
    if share == max(shares):
        return ("rank highest",)
    return ("rank lowest",) if share == min(shares) else ()


def _label_ray(canvas: Canvas, ring: _Ring, turn: float, classes: Sequence[str]) -> None:
    inner = max(0.45, ring.hole / ring.radius + 0.08)
    for part in (inner, (inner + 0.92) / 2, 0.92):
        for class_name in classes:
            canvas.label(ring.at(turn, part), class_name)


def _name_slices(
    canvas: Canvas,
    theme: Theme,
    face: Lettering,
    ring: _Ring,
    facts: PieFacts,
    shades: list[RGB],
    middles: list[float],
) -> None:
    inside = max(0.66, (1 + ring.hole / ring.radius) / 2)
    outside = 1 + 0.7 * face.size / ring.radius
    for turn, name, share, shade in zip(middles, facts.names, facts.shares, shades, strict=True):
        if facts.has_shares:
            ink = colours.ink_on(shade)
            canvas.text(ring.at(turn, inside), f"{share}%", face, ink, align=0.5)
        if not facts.has_legend:
            align = 0.5 - 0.5 * math.cos(turn)
            also = _rank(share, facts.shares)
            canvas.text(ring.at(turn, outside), name, face, theme.ink, align=align, also=also)
