"""Value axes: round ticks, drawn with axis lines, grid and frame as the theme wants them."""

from dataclasses import dataclass
from random import Random

from tools.demo_model.pictures.area import Area
from tools.demo_model.pictures.canvas import Canvas, Point
from tools.demo_model.pictures.lettering import Lettering
from tools.demo_model.pictures.theme import Theme


@dataclass(frozen=True, slots=True)
class Scale:
    """The ticks of a value axis, from `start` to at least the highest value."""

    step: float
    num_steps: int
    start: float = 0.0

    def part(self, value: float) -> float:
        """Where a value lies between the first tick and the last, from 0 to 1."""
        return (value - self.start) / (self.step * self.num_steps)

    def texts(self) -> list[str]:
        return [tick_text(self.start + self.step * index) for index in range(self.num_steps + 1)]


def scale_for(rng: Random, highest: float, *, start: float = 0.0) -> Scale:
    """Round steps, three to seven of them."""
    reach = (highest - start) * rng.uniform(1.02, 1.1)
    wanted = reach / rng.uniform(3.0, 6.5)
    power = 1e-4
    while power * 10 <= wanted:
        power *= 10
    step = next(power * part for part in (1, 2, 2.5, 5, 10) if power * part >= wanted)
    start = start // step * step
    return Scale(step, int(-(-(highest * 1.02 - start) // step)), start)


def tick_text(value: float) -> str:
    return f"{value:,.0f}" if value >= 10_000 else f"{value:.4g}"


def draw_up_scale(
    canvas: Canvas, theme: Theme, face: Lettering, area: Area, scale: Scale, rng: Random
) -> None:
    """Writes the ticks left of the area, and draws what the theme has around and in the plot."""
    labels = scale.texts() if theme.has_ticks_named else []
    suffix = rng.choice(("%", "k", "M")) if rng.random() < 0.06 else ""
    tick = 0.35 * face.size * (theme.tick_length > 0)
    area.left += max((face.width(label + suffix) for label in labels), default=0.0)
    area.left += 0.5 * face.size + tick
    area.top += 0.4 * face.size
    _draw_panel(canvas, theme, area)
    for index in range(scale.num_steps + 1):
        y = area.bottom - area.height * index / scale.num_steps
        if theme.has_grid:
            _draw_grid_line(canvas, theme, (area.left, y), (area.right, y))
        _draw_tick(canvas, theme, (area.left, y), -1, 0)
        if labels:
            at = (area.left - 0.4 * face.size - tick, y)
            canvas.text(at, labels[index] + suffix, face, theme.ink, align=1.0)
    draw_frame(canvas, theme, area, is_upright=True)


def draw_across_scale(
    canvas: Canvas, theme: Theme, face: Lettering, area: Area, scale: Scale
) -> None:
    """The same below an area, as horizontal bars have it."""
    _draw_panel(canvas, theme, area)
    texts = scale.texts()
    is_crowded = sum(map(face.width, texts)) > 0.8 * area.width
    for index, text in enumerate(texts):
        x = area.left + area.width * index / scale.num_steps
        if theme.has_grid:
            _draw_grid_line(canvas, theme, (x, area.top), (x, area.bottom))
        _draw_tick(canvas, theme, (x, area.bottom), 0, 1)
        if theme.has_ticks_named and not (is_crowded and index % 2):
            at = (x, area.bottom + (0.85 + 0.3 * (theme.tick_length > 0)) * face.size)
            canvas.text(at, text, face, theme.ink, align=0.5)
    draw_frame(canvas, theme, area, is_upright=False)


def draw_frame(canvas: Canvas, theme: Theme, area: Area, *, is_upright: bool) -> None:
    """The axis lines: all four sides, the two axes, or only the one that the bars stand on."""
    line = max(1, round(theme.line_width * canvas.unit))
    left, top, right, bottom = area.left, area.top, area.right, area.bottom
    if theme.frame == "box":
        canvas.draw.rectangle((left, top, right, bottom), outline=theme.axis_ink, width=line)
    if theme.frame == "axes" or (theme.frame == "base" and is_upright):
        canvas.draw.line((left, bottom, right, bottom), theme.axis_ink, line)
    if theme.frame == "axes" or (theme.frame == "base" and not is_upright):
        canvas.draw.line((left, top, left, bottom), theme.axis_ink, line)


def _draw_panel(canvas: Canvas, theme: Theme, area: Area) -> None:
    if theme.panel:
        canvas.draw.rectangle((area.left, area.top, area.right, area.bottom), theme.panel)


def _draw_grid_line(canvas: Canvas, theme: Theme, start: Point, end: Point) -> None:
    line = max(1, round(0.8 * canvas.unit))
    if not theme.dash:
        canvas.draw.line((*start, *end), theme.grid_ink, line)
        return
    dash = theme.dash * canvas.unit
    length = max(end[0] - start[0], end[1] - start[1])
    across, down = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    for index in range(int(length / dash / 2)):
        a, b = 2 * index * dash, (2 * index + 1) * dash
        canvas.draw.line(
            (
                start[0] + across * a,
                start[1] + down * a,
                start[0] + across * b,
                start[1] + down * b,
            ),
            theme.grid_ink,
            line,
        )


def _draw_tick(canvas: Canvas, theme: Theme, at: Point, across: int, down: int) -> None:
    """A short line out of the plot, or into it where the theme's ticks are of negative length."""
    if theme.tick_length:
        reach = theme.tick_length * canvas.unit
        end = (at[0] + across * reach, at[1] + down * reach)
        canvas.draw.line((*at, *end), theme.axis_ink, max(1, round(canvas.unit)))
