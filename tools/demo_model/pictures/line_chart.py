"""Line charts: one to three lines over years, months or other steps."""

import itertools
from dataclasses import dataclass
from random import Random

from tools.demo_model import colours, words
from tools.demo_model.pictures import axes
from tools.demo_model.pictures.area import Area, whole
from tools.demo_model.pictures.canvas import Canvas
from tools.demo_model.pictures.lettering import Lettering
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.pictures.scale import Scale, draw_up_scale, scale_for
from tools.demo_model.pictures.theme import Theme, choose_theme, page

# How a line goes, as the text says it, and its rough course from 0 to 1.
COURSES = {
    "rises": (0.1, 0.5, 0.9),
    "falls": (0.9, 0.5, 0.1),
    "rises and then falls": (0.15, 0.95, 0.2),
    "falls and then rises": (0.9, 0.1, 0.85),
    "stays about the same": (0.5, 0.5, 0.5),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """`values`, `courses` and `colours` are per line; `names` are empty if there is no legend."""

    title: str
    axis_names: tuple[str, str]
    steps: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    courses: tuple[str, ...]
    colours: tuple[str, ...]


def draw_line_chart(rng: Random, *, is_held_out: bool) -> Picture[LineFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    canvas = page(rng, theme)
    area = whole(canvas, rng)
    face = axes.text_lettering(canvas, theme, rng)
    if facts.title:
        axes.draw_title(canvas, theme, rng, area, facts.title)
    shades = [colours.shade_on(rng, name, theme.ground) for name in facts.colours]
    if facts.names:
        place = "bottom" if is_held_out else rng.choice(("top", "right"))
        entries = list(zip(facts.names, shades, strict=True))
        axes.draw_legend(canvas, theme, face, area, entries, place=place)
    axes.draw_axis_names(canvas, theme, face, area, facts.axis_names)
    area.bottom -= 1.5 * face.size
    scale = scale_for(rng, max(map(max, facts.values)))
    draw_up_scale(canvas, theme, face, area, scale, rng)
    inset = rng.choice((0.0, 0.0, 0.05)) * area.width
    area.left += inset
    area.right -= face.size + inset
    _draw_steps(canvas, theme, face, area, facts.steps)
    thickness, has_points = rng.uniform(2, 5) * canvas.unit, rng.random() < 0.5
    for values, colour, shade in zip(facts.values, facts.colours, shades, strict=True):
        points = _points(area, scale, values)
        canvas.draw.line(points, shade, round(thickness), joint="curve")
        _label_line(canvas, points, colour)
        if has_points:
            _draw_points(canvas, points, 1.6 * thickness, shade)
    pixels, labels = canvas.finish(rng)
    return Picture(pixels=pixels, labels=labels, facts=facts)


def _choose_facts(rng: Random, theme: Theme) -> LineFacts:
    num_lines = rng.choices((1, 2, 3), (5, 3, 2))[0]
    num_steps = rng.randint(3, 9)
    highest = rng.choice((10, 50, 100, 100, 500, 1000))
    courses = [rng.choice(list(COURSES)) for _ in range(num_lines)]
    return LineFacts(
        title=words.title(rng, is_held_out=theme.is_held_out) if rng.random() < 0.94 else "",
        axis_names=(
            words.word(rng).capitalize() if rng.random() < 0.4 else "",
            words.word(rng).capitalize() if rng.random() < 0.4 else "",
        ),
        steps=tuple(_steps(rng, num_steps)),
        names=tuple(words.categories(rng, num_lines)) if num_lines > 1 else (),
        values=tuple(_course(rng, course, num_steps, highest) for course in courses),
        courses=tuple(courses),
        colours=tuple(colours.names_on(theme.ground, rng, num_lines)),
    )


def _steps(rng: Random, count: int) -> list[str]:
    if rng.random() < 0.5:
        start = rng.randint(1980, 2028)
        return [str(start + index) for index in range(count)]
    start = rng.randrange(12)
    return [words.MONTHS[(start + index) % 12][:3] for index in range(count)]


def _course(rng: Random, course: str, count: int, highest: int) -> tuple[float, ...]:
    """Values that follow a course with less wobble than its rise or fall."""
    low, middle, high = COURSES[course]
    wobble = 0.22 / count if course != "stays about the same" else 0.03
    bottom = rng.uniform(0, 0.25)
    values = []
    for index in range(count):
        part = index / (count - 1) * 2
        level = low + (middle - low) * part if part <= 1 else middle + (high - middle) * (part - 1)
        level += rng.uniform(-wobble, wobble)
        values.append((bottom + (1 - bottom) * level) * highest)
    return tuple(values)


def _draw_steps(
    canvas: Canvas, theme: Theme, face: Lettering, area: Area, steps: tuple[str, ...]
) -> None:
    """Names the steps below the axis, only every second or third where the room is short."""
    slot = area.width / (len(steps) - 1)
    every = max(1, -int(-(max(map(face.width, steps)) * 1.2) // slot))
    for index in range(0, len(steps), every):
        at = (area.left + slot * index, area.bottom + 0.85 * face.size)
        canvas.text(at, steps[index], face, theme.ink, align=0.5)


def _points(area: Area, scale: Scale, values: tuple[float, ...]) -> list[tuple[float, float]]:
    slot = area.width / (len(values) - 1)
    return [
        (area.left + slot * index, area.bottom - area.height * scale.part(value))
        for index, value in enumerate(values)
    ]


def _label_line(canvas: Canvas, points: list[tuple[float, float]], colour: str) -> None:
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        for part in (0.1, 0.3, 0.5, 0.7, 0.9):
            at = (x + (next_x - x) * part, y + (next_y - y) * part)
            canvas.label(at, "mark line")
            canvas.label(at, f"colour {colour}")


def _draw_points(
    canvas: Canvas, points: list[tuple[float, float]], radius: float, shade: tuple[int, int, int]
) -> None:
    for x, y in points:
        canvas.draw.ellipse((x - radius, y - radius, x + radius, y + radius), shade)
