"""Scatter plots of one to three groups of points."""

from dataclasses import dataclass
from random import Random

from tools.demo_model import colours, words
from tools.demo_model.pictures import axes
from tools.demo_model.pictures.area import Area, whole
from tools.demo_model.pictures.canvas import Canvas
from tools.demo_model.pictures.lettering import Lettering
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.pictures.scale import Scale, draw_up_scale, scale_for, tick_text
from tools.demo_model.pictures.theme import Theme, choose_theme, page

TRENDS = {"rise": 1.0, "fall": -1.0, "show no clear trend": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterFacts:
    """`trend` is a key of TRENDS, the same for all groups; one group alone has no name."""

    title: str
    axis_names: tuple[str, str]
    groups: tuple[str, ...]
    colours: tuple[str, ...]
    trend: str


def draw_scatter_plot(rng: Random, *, is_held_out: bool) -> Picture[ScatterFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    canvas = page(rng, theme)
    area = whole(canvas, rng)
    face = axes.text_lettering(canvas, theme, rng)
    if facts.title:
        axes.draw_title(canvas, theme, rng, area, facts.title)
    shades = [colours.shade_on(rng, name, theme.ground) for name in facts.colours]
    if facts.groups:
        place = "bottom" if is_held_out else rng.choice(("top", "right"))
        entries = list(zip(facts.groups, shades, strict=True))
        axes.draw_legend(canvas, theme, face, area, entries, place=place)
    axes.draw_axis_names(canvas, theme, face, area, facts.axis_names)
    area.bottom -= 1.5 * face.size
    scale = scale_for(rng, rng.choice((10, 50, 100, 1000)))
    draw_up_scale(canvas, theme, face, area, scale, rng)
    area.right -= face.size
    _draw_across_scale(canvas, theme, face, area, scale_for(rng, rng.choice((10, 50, 100))))
    count = rng.randint(14, 45) // len(shades)
    radius = rng.uniform(3.5, 7) * canvas.unit
    for colour, shade in zip(facts.colours, shades, strict=True):
        for across, up in _cloud(rng, TRENDS[facts.trend], count):
            x, y = area.left + across * area.width, area.bottom - up * area.height
            canvas.draw.ellipse((x - radius, y - radius, x + radius, y + radius), shade)
            canvas.label((x, y), "mark point")
            canvas.label((x, y), f"colour {colour}")
    pixels, labels = canvas.finish(rng)
    return Picture(pixels=pixels, labels=labels, facts=facts)


def _choose_facts(rng: Random, theme: Theme) -> ScatterFacts:
    num_groups = rng.choices((1, 2, 3), (6, 3, 1))[0]
    return ScatterFacts(
        title=words.title(rng, is_held_out=theme.is_held_out) if rng.random() < 0.94 else "",
        axis_names=(words.word(rng).capitalize(), words.word(rng).capitalize()),
        groups=tuple(words.categories(rng, num_groups)) if num_groups > 1 else (),
        colours=tuple(colours.names_on(theme.ground, rng, num_groups)),
        trend=rng.choice(list(TRENDS)),
    )


def _cloud(rng: Random, slope: float, count: int) -> list[tuple[float, float]]:
    """Points in the unit square around a line, or all over it if the slope is nought."""
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


def _draw_across_scale(
    canvas: Canvas, theme: Theme, face: Lettering, area: Area, scale: Scale
) -> None:
    for index in range(scale.num_steps + 1):
        x = area.left + area.width * index / scale.num_steps
        text = tick_text(scale.step * index)
        canvas.text((x, area.bottom + 0.85 * face.size), text, face, theme.ink, align=0.5)
