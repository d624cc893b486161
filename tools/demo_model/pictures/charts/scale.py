"""Value axes: round ticks, drawn with axis lines, grid and frame as the theme wants them."""

from dataclasses import dataclass
from random import Random

from tools.demo_model.pictures.drawing.box import Point
from tools.demo_model.pictures.drawing.page import Page


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
        values = (self.start + self.step * index for index in range(self.num_steps + 1))
        return [f"{value:,.0f}" if value >= 10_000 else f"{value:.4g}" for value in values]


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


def draw_up_scale(page: Page, scale: Scale) -> None:
    """Writes the ticks left of the area, and draws what the theme has around and in the plot."""
    rng, theme, area, face = page.rng, page.theme, page.area, page.face
    suffix = rng.choice(("%", "k", "M")) if rng.random() < 0.06 else ""
    texts = [text + suffix for text in scale.texts()]
    tick = 0.35 * face.size * (theme.tick_length > 0)
    area.left += max(map(face.width, texts)) if theme.has_ticks_named else 0.0
    area.left += 0.5 * face.size + tick
    area.top += 0.4 * face.size
    _draw_panel(page)
    for index, text in enumerate(texts):
        y = area.bottom - area.height * index / scale.num_steps
        _draw_grid_line(page, (area.left, y), (area.right, y))
        _draw_tick(page, (area.left, y), -1, 0)
        if theme.has_ticks_named:
            page.text((area.left - 0.4 * face.size - tick, y), text, align=1.0)
    _draw_frame(page, is_upright=True)


def draw_across_scale(page: Page, scale: Scale) -> None:
    """Writes the ticks below the area, as horizontal bars have them."""
    theme, area, size, texts = page.theme, page.area, page.face.size, scale.texts()
    is_crowded = sum(map(page.face.width, texts)) > 0.8 * area.width
    _draw_panel(page)
    for index, text in enumerate(texts):
        x = area.left + area.width * index / scale.num_steps
        _draw_grid_line(page, (x, area.top), (x, area.bottom))
        _draw_tick(page, (x, area.bottom), 0, 1)
        if theme.has_ticks_named and not (is_crowded and index % 2):
            at = (x, area.bottom + (0.85 + 0.3 * (theme.tick_length > 0)) * size)
            page.text(at, text, align=0.5)
    _draw_frame(page, is_upright=False)


def _draw_frame(page: Page, *, is_upright: bool) -> None:
    """The axis lines: all four sides, the two axes, or only the one that the bars stand on."""
    frame, ink = page.theme.frame, page.theme.axis_ink
    line = page.canvas.line_width(page.theme.line_width)
    left, top, right, bottom = box = page.area.box
    if frame == "box":
        page.draw.rectangle(box, outline=ink, width=line)
    if frame == "axes" or (frame == "base" and is_upright):
        page.draw.line((left, bottom, right, bottom), ink, line)
    if frame == "axes" or (frame == "base" and not is_upright):
        page.draw.line((left, top, left, bottom), ink, line)


def _draw_panel(page: Page) -> None:
    if page.theme.panel:
        page.draw.rectangle(page.area.box, page.theme.panel)


def _draw_grid_line(page: Page, start: Point, end: Point) -> None:
    """A line across or down, dashed if the theme wants it so."""
    theme, line = page.theme, page.canvas.line_width(0.8)
    if not theme.has_grid:
        return
    if not theme.dash:
        page.draw.line((*start, *end), theme.grid_ink, line)
        return
    (x, y), dash = start, theme.dash * page.unit
    across, down = end[0] > x, end[1] > y
    for index in range(int(max(end[0] - x, end[1] - y) / dash / 2)):
        a, b = 2 * index * dash, (2 * index + 1) * dash
        ends = (x + across * a, y + down * a, x + across * b, y + down * b)
        page.draw.line(ends, theme.grid_ink, line)


def _draw_tick(page: Page, at: Point, across: int, down: int) -> None:
    """A short line out of the plot, or into it where the theme's ticks are of negative length."""
    if page.theme.tick_length:
        reach = page.theme.tick_length * page.unit
        end = (at[0] + across * reach, at[1] + down * reach)
        page.draw.line((*at, *end), page.theme.axis_ink, page.canvas.line_width(1))
