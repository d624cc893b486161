"""What charts have in common: title, legend, axes with their ticks and names."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tools.demo_model.colours import RGB
from tools.demo_model.pictures.canvas import Canvas
from tools.demo_model.pictures.lettering import Lettering, fitting, lettering
from tools.demo_model.pictures.theme import Theme


@dataclass(slots=True, kw_only=True)
class Area:
    """What is still free of the page. Drawing something at an edge moves that edge in."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Scale:
    """The ticks of a value axis, from nought to at least the highest value."""

    step: float
    num_steps: int

    @property
    def top(self) -> float:
        return self.step * self.num_steps


def whole(canvas: Canvas, rng: Random) -> Area:
    """The page without its margins."""
    left, top, right, bottom = (rng.uniform(6, 42) * canvas.unit for _ in range(4))
    return Area(left=left, top=top, right=canvas.width - right, bottom=canvas.height - bottom)


def text_lettering(canvas: Canvas, theme: Theme, rng: Random) -> Lettering:
    return lettering(theme.text_file, round(rng.uniform(16, 21) * canvas.unit))


def draw_title(canvas: Canvas, theme: Theme, rng: Random, area: Area, title: str) -> None:
    """Writes the title at the top of the area, on two lines where one would be too small."""
    size = rng.uniform(25, 42) * canvas.unit
    smallest = 22 * canvas.unit
    face = fitting(theme.title_file, title, size=size, width=area.width, smallest=smallest)
    lines = [title] if face.width(title) <= area.width else _halves(title)
    longest = max(lines, key=face.width)
    face = fitting(
        theme.title_file, longest, size=face.size, width=area.width, smallest=14 * canvas.unit
    )
    at = area.left + theme.title_align * area.width
    for line in lines:
        middle = area.top + 0.55 * face.size
        canvas.text((at, middle), line, face, theme.ink, align=theme.title_align)
        area.top += 1.25 * face.size
    area.top += rng.uniform(2, 12) * canvas.unit


def draw_legend(
    canvas: Canvas,
    theme: Theme,
    face: Lettering,
    area: Area,
    entries: Sequence[tuple[str, RGB]],
    *,
    place: str,
) -> None:
    """Names the colours, in a column at the right or in a row at the top or the bottom."""
    size, gap = face.size * 0.8, face.size * 0.5
    widths = [size + gap + face.width(name) for name, _ in entries]
    if place != "right" and sum(widths) + 2 * gap * len(entries) <= area.width:
        y = area.top + face.size if place == "top" else area.bottom - face.size * 0.6
        x = area.left + (area.width - sum(widths) - 2 * gap * (len(entries) - 1)) / 2
        places = [(x + sum(widths[:index]) + 2 * gap * index, y) for index in range(len(entries))]
        if place == "top":
            area.top += face.size * 2
        else:
            area.bottom -= face.size * 1.8
    else:
        x = area.right - max(widths)
        top = area.top + area.height * 0.2
        places = [(x, top + index * face.size * 1.6) for index in range(len(entries))]
        area.right = x - gap
    for (name, colour), (x, y) in zip(entries, places, strict=True):
        canvas.draw.rectangle((x, y - size / 2, x + size, y + size / 2), colour)
        canvas.text((x + size + gap, y), name, face, theme.ink)


def draw_axis_names(
    canvas: Canvas, theme: Theme, face: Lettering, area: Area, names: tuple[str, str]
) -> None:
    """Writes what is across below the area and what is up at its left, where they have names."""
    across, up = names
    room = face.size * 1.5
    if up:
        area.left += room
    if across:
        area.bottom -= room
        middle = (area.left + area.width / 2, area.bottom + 0.9 * face.size)
        canvas.text(middle, across, face, theme.ink, align=0.5)
    if up:
        middle = (area.left - 0.9 * face.size, area.top + area.height / 2)
        canvas.upright_text(middle, up, face, theme.ink)


def scale_for(rng: Random, highest: float) -> Scale:
    """Round steps, three to six of them."""
    wanted = highest * 1.03 / rng.uniform(3.0, 5.5)
    power = 10.0 ** (len(str(int(wanted))) - 1)
    step = next(
        power * part
        for part in (1, 2, 2.5, 5, 10, 20)
        if power * part >= wanted and power * part >= 1
    )
    if power * 2.5 == step and power < 10:
        step = power * 5
    return Scale(step, int(-(-highest * 1.03 // step)))


def draw_up_scale(
    canvas: Canvas, theme: Theme, face: Lettering, area: Area, scale: Scale, rng: Random
) -> None:
    """Writes the ticks left of the area, and draws the axes, perhaps with a grid and a frame."""
    has_grid, is_framed = rng.random() < 0.5, rng.random() < 0.3
    labels = [tick_text(scale.step * index) for index in range(scale.num_steps + 1)]
    area.left += max(map(face.width, labels)) + 0.5 * face.size
    area.top += 0.4 * face.size
    line = max(1, round(canvas.unit))
    for index, label in enumerate(labels):
        y = area.bottom - area.height * index / scale.num_steps
        if has_grid:
            canvas.draw.line((area.left, y, area.right, y), theme.faint, line)
        canvas.text((area.left - 0.4 * face.size, y), label, face, theme.ink, align=1.0)
    if is_framed:
        frame = (area.left, area.top, area.right, area.bottom)
        canvas.draw.rectangle(frame, outline=theme.ink, width=line)
    else:
        canvas.draw.line((area.left, area.top, area.left, area.bottom), theme.ink, line)
        canvas.draw.line((area.left, area.bottom, area.right, area.bottom), theme.ink, line)


def tick_text(value: float) -> str:
    return f"{value:,.0f}" if value >= 10_000 else f"{value:g}"


def _halves(title: str) -> list[str]:
    """The title cut at the space nearest to its middle; one word alone stays whole."""
    spaces = [index for index, character in enumerate(title) if character == " "]
    if not spaces:
        return [title]
    cut = min(spaces, key=lambda index: abs(index - len(title) / 2))
    return [title[:cut], title[cut + 1 :]]
