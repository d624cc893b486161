"""Line charts: one to three lines over years, months or other steps."""

import itertools
from dataclasses import dataclass
from random import Random

from tools.demo_model.catalog import colors, words
from tools.demo_model.pictures.charts.legend import lay_out_plot, word_or_none
from tools.demo_model.pictures.charts.scale import Scale, draw_up_scale, scale_for
from tools.demo_model.pictures.drawing.box import Box, Point
from tools.demo_model.pictures.drawing.page import Area, Page
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.drawing.theme import Theme, choose_theme
from tools.demo_model.pictures.drawing.title import choose_title
from tools.demo_model.tables import table

_COURSES = table("pictures/charts")["courses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """`values`, `courses` and `colors` are per line; `names` are empty if there is no legend."""

    title: str
    axis_names: tuple[str, str]
    steps: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    courses: tuple[str, ...]
    colors: tuple[str, ...]


def draw_line_chart(rng: Random, *, is_held_out: bool) -> Picture[LineFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    page = Page(rng, theme)
    shades = lay_out_plot(page, facts.title, facts.axis_names, facts.names, facts.colors)
    area = page.area
    scale = scale_for(rng, max(map(max, facts.values)))
    draw_up_scale(page, scale)
    inset = rng.choice((0.0, 0.0, 0.05)) * area.width
    area.left += inset
    area.right -= page.face.size + inset
    _draw_steps(page, facts.steps)
    thickness, has_points = rng.uniform(2, 5) * page.unit, rng.random() < 0.5
    for values, color, shade in zip(facts.values, facts.colors, shades, strict=True):
        points = _points(area, scale, values)
        page.draw.line(points, shade, round(thickness), joint="curve")
        _label_line(page, points, f"color {color}")
        for point in points if has_points else ():
            page.draw.ellipse(Box.around(point, 3.2 * thickness, 3.2 * thickness), shade)
    return page.finish(facts)


def _choose_facts(rng: Random, theme: Theme) -> LineFacts:
    num_lines = rng.choices((1, 2, 3), (5, 3, 2))[0]
    num_steps = rng.randint(3, 9)
    highest = rng.choice((10, 50, 100, 100, 500, 1000))
    courses = tuple(rng.choice(list(_COURSES)) for _ in range(num_lines))
    return LineFacts(
        title=choose_title(rng, theme),
        axis_names=(word_or_none(rng), word_or_none(rng)),
        steps=tuple(_steps(rng, num_steps)),
        names=tuple(words.categories(rng, num_lines)) if num_lines > 1 else (),
        values=tuple(_values(rng, course, num_steps, highest) for course in courses),
        courses=courses,
        colors=tuple(colors.names_on(theme.ground, rng, num_lines)),
    )


def _steps(rng: Random, count: int) -> list[str]:
    if rng.random() < 0.5:
        start = rng.randint(1980, 2028)
        return [str(start + index) for index in range(count)]
    start = rng.randrange(12)
    return [words.MONTHS[(start + index) % 12][:3] for index in range(count)]


def _values(rng: Random, course: str, count: int, highest: int) -> tuple[float, ...]:
    """They follow a course with less wobble than its rise or fall."""
    low, middle, high = _COURSES[course]
    wobble = 0.22 / count if course != "stays about the same" else 0.03
    bottom = rng.uniform(0, 0.25)
    values = []
    for index in range(count):
        part = index / (count - 1) * 2
        level = low + (middle - low) * part if part <= 1 else middle + (high - middle) * (part - 1)
        level += rng.uniform(-wobble, wobble)
        values.append((bottom + (1 - bottom) * level) * highest)
    return tuple(values)


def _draw_steps(page: Page, steps: tuple[str, ...]) -> None:
    """Names the steps below the axis, only every second or third where the room is short."""
    area, face = page.area, page.face
    slot = area.width / (len(steps) - 1)
    every = max(1, -int(-(max(map(face.width, steps)) * 1.2) // slot))
    for index in range(0, len(steps), every):
        at = (area.left + slot * index, area.bottom + 0.85 * face.size)
        page.text(at, steps[index], align=0.5)


def _points(area: Area, scale: Scale, values: tuple[float, ...]) -> list[Point]:
    slot = area.width / (len(values) - 1)
    return [
        (area.left + slot * index, area.bottom - area.height * scale.part(value))
        for index, value in enumerate(values)
    ]


def _label_line(page: Page, points: list[Point], color: str) -> None:
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        for part in (0.1, 0.3, 0.5, 0.7, 0.9):
            at = (x + (next_x - x) * part, y + (next_y - y) * part)
            page.canvas.label(at, "mark line", color)
