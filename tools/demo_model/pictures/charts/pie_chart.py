"""Pie charts and rings of two to six slices."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from tools.demo_model.catalog import colors, words
from tools.demo_model.catalog.colors import RGB
from tools.demo_model.pictures.charts.legend import draw_legend
from tools.demo_model.pictures.drawing.box import Box, Point
from tools.demo_model.pictures.drawing.page import Page
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.drawing.theme import Theme, choose_theme
from tools.demo_model.pictures.drawing.title import choose_title, lay_out


@dataclass(frozen=True, slots=True, kw_only=True)
class PieFacts:
    """`shares` are whole per cents and add up to 100."""

    title: str
    names: tuple[str, ...]
    shares: tuple[int, ...]
    colors: tuple[str, ...]
    has_legend: bool
    has_shares: bool


def draw_pie_chart(rng: Random, *, is_held_out: bool) -> Picture[PieFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    page = Page(rng, theme)
    lay_out(page, facts.title, is_chart=True)
    shades = [colors.shade_on(rng, name, theme.paper) for name in facts.colors]
    if max(map(page.face.width, facts.names)) > 0.3 * page.area.width:
        # Beside the ring such names would leave next to nothing for it.
        facts = replace(facts, has_legend=True)
    if facts.has_legend:
        place = "bottom" if is_held_out else rng.choice(("right", "right", "bottom"))
        draw_legend(page, facts.names, shades, place=place)
    ring = _place_ring(page, facts)
    middles = _draw_slices(page, ring, facts, shades)
    _name_slices(page, ring, facts, shades, middles)
    return page.finish(facts)


def _choose_facts(rng: Random, theme: Theme) -> PieFacts:
    count = rng.randint(2, 6)
    return PieFacts(
        title=choose_title(rng, theme),
        names=tuple(words.categories(rng, count)),
        shares=tuple(_shares(rng, count)),
        colors=tuple(colors.names_on(theme.paper, rng, count)),
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
    """The circle around a middle; the hole has no radius where there is none."""

    middle: Point
    radius: float
    hole: float

    def at(self, turn: float, part: float) -> Point:
        """In the direction `turn`, at a part of the radius."""
        (x, y), reach = self.middle, self.radius * part
        return x + math.cos(turn) * reach, y + math.sin(turn) * reach


def _place_ring(page: Page, facts: PieFacts) -> _Ring:
    rng, area, face = page.rng, page.area, page.face
    outside = 0.0 if facts.has_legend else max(map(face.width, facts.names)) + 0.6 * face.size
    radius = min(area.width / 2 - outside, area.height / 2 - (1.4 * face.size if outside else 0))
    radius *= rng.uniform(0.88, 1.0)
    hole = radius * rng.uniform(0.35, 0.6) if rng.random() < 0.25 else 0.0
    return _Ring(area.middle, radius, hole)


def _draw_slices(page: Page, ring: _Ring, facts: PieFacts, shades: list[RGB]) -> list[float]:
    """The directions of the middles of the slices."""
    rng, paper = page.rng, page.theme.paper
    edge, line = paper if rng.random() < 0.6 else None, page.canvas.line_width(1)
    box = Box.around(ring.middle, 2 * ring.radius, 2 * ring.radius)
    start = rng.uniform(0, 360)
    middles: list[float] = []
    for share, shade, color in zip(facts.shares, shades, facts.colors, strict=True):
        angle = 3.6 * share
        page.draw.pieslice(box, start, start + angle, shade, edge, line)
        classes = ("mark slice", f"color {color}", *_rank(share, facts.shares))
        for part in (0.2, 0.5, 0.8):
            _label_ray(page, ring, math.radians(start + part * angle), classes)
        middles.append(math.radians(start + angle / 2))
        start += angle
    if ring.hole:
        page.draw.ellipse(Box.around(ring.middle, 2 * ring.hole, 2 * ring.hole), paper)
    return middles


def _rank(share: int, shares: Sequence[int]) -> tuple[str, ...]:
    if share == max(shares):
        return ("rank highest",)
    return ("rank lowest",) if share == min(shares) else ()


def _label_ray(page: Page, ring: _Ring, turn: float, classes: Sequence[str]) -> None:
    inner = max(0.45, ring.hole / ring.radius + 0.08)
    for part in (inner, (inner + 0.92) / 2, 0.92):
        page.canvas.label(ring.at(turn, part), *classes)


def _name_slices(
    page: Page, ring: _Ring, facts: PieFacts, shades: list[RGB], middles: list[float]
) -> None:
    inside = max(0.66, (1 + ring.hole / ring.radius) / 2)
    outside = 1 + 0.7 * page.face.size / ring.radius
    for turn, name, share, shade in zip(middles, facts.names, facts.shares, shades, strict=True):
        if facts.has_shares:
            ink = colors.ink_on(shade)
            page.text(ring.at(turn, inside), f"{share}%", ink=ink, align=0.5)
        if not facts.has_legend:
            align, also = 0.5 - 0.5 * math.cos(turn), _rank(share, facts.shares)
            page.text(ring.at(turn, outside), name, align=align, also=also)
