"""Scatter plots of one to three groups of points."""

from dataclasses import dataclass
from random import Random

from tools.demo_model.catalog import colors, words
from tools.demo_model.pictures.charts.legend import lay_out_plot
from tools.demo_model.pictures.charts.scale import Scale, draw_up_scale, scale_for
from tools.demo_model.pictures.drawing.box import Box, Point
from tools.demo_model.pictures.drawing.page import Page
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.drawing.theme import Theme, choose_theme
from tools.demo_model.pictures.drawing.title import choose_title

_SLOPES = {"rise": 1.0, "fall": -1.0, "show no clear trend": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterFacts:
    """`trend` is what all groups do; one group alone has no name."""

    title: str
    axis_names: tuple[str, str]
    groups: tuple[str, ...]
    colors: tuple[str, ...]
    trend: str


def draw_scatter_plot(rng: Random, *, is_held_out: bool) -> Picture[ScatterFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    page = Page(rng, theme)
    shades = lay_out_plot(page, facts.title, facts.axis_names, facts.groups, facts.colors)
    area = page.area
    draw_up_scale(page, scale_for(rng, rng.choice((10, 50, 100, 1000))))
    area.right -= page.face.size
    _write_across(page, scale_for(rng, rng.choice((10, 50, 100))))
    count = rng.randint(14, 45) // len(shades)
    radius = rng.uniform(3.5, 7) * page.unit
    for color, shade in zip(facts.colors, shades, strict=True):
        for across, up in _cloud(rng, _SLOPES[facts.trend], count):
            point = (area.left + across * area.width, area.bottom - up * area.height)
            page.draw.ellipse(Box.around(point, 2 * radius, 2 * radius), shade)
            page.canvas.label(point, "mark point", f"color {color}")
    return page.finish(facts)


def _choose_facts(rng: Random, theme: Theme) -> ScatterFacts:
    num_groups = rng.choices((1, 2, 3), (6, 3, 1))[0]
    return ScatterFacts(
        title=choose_title(rng, theme),
        axis_names=(words.word(rng).capitalize(), words.word(rng).capitalize()),
        groups=tuple(words.categories(rng, num_groups)) if num_groups > 1 else (),
        colors=tuple(colors.names_on(theme.ground, rng, num_groups)),
        trend=rng.choice(list(_SLOPES)),
    )


def _cloud(rng: Random, slope: float, count: int) -> list[Point]:
    """Points in the unit square around a line, or all over it if the slope is zero."""
    spread = rng.uniform(0.04, 0.14)
    shift = rng.uniform(-0.08, 0.08)
    points = []
    for _ in range(count):
        across = rng.uniform(0.03, 0.97)
        up = rng.uniform(0.05, 0.95)
        if slope:
            up = 0.5 + shift + slope * 0.7 * (across - 0.5) + rng.gauss(0, spread)
        points.append((across, min(0.97, max(0.03, up))))
    return points


def _write_across(page: Page, scale: Scale) -> None:
    area, y = page.area, page.area.bottom + 0.85 * page.face.size
    for index, text in enumerate(scale.texts()):
        page.text((area.left + area.width * index / scale.num_steps, y), text, align=0.5)
