"""The names of the colors and of the axes, beside the plot of a chart."""

from collections.abc import Sequence
from random import Random

from tools.demo_model.catalog import colors, words
from tools.demo_model.catalog.colors import RGB
from tools.demo_model.pictures.drawing.box import Box, Point
from tools.demo_model.pictures.drawing.lettering import fitting
from tools.demo_model.pictures.drawing.page import Page
from tools.demo_model.pictures.drawing.title import lay_out


def word_or_none(rng: Random) -> str:
    return words.word(rng).capitalize() if rng.random() < 0.4 else ""


def lay_out_plot(
    page: Page, title: str, axis_names: tuple[str, str], names: Sequence[str], fills: Sequence[str]
) -> list[RGB]:
    """Draws what stands around a plot, and chooses shades of the colors that fill its marks."""
    lay_out(page, title, is_chart=True)
    shades = [colors.shade_on(page.rng, fill, page.theme.ground) for fill in fills]
    if names:
        place = "bottom" if page.theme.is_held_out else page.rng.choice(("top", "right"))
        draw_legend(page, names, shades, place=place)
    draw_axis_names(page, axis_names)
    page.area.bottom -= 1.5 * page.face.size
    return shades


def draw_legend(page: Page, names: Sequence[str], shades: Sequence[RGB], *, place: str) -> None:
    """Names the colors, in a column at the right or in a row at the top or the bottom."""
    area, face = page.area, page.face
    size, gap = face.size * 0.8, face.size * 0.5
    widths = [size + gap + face.width(name) for name in names]
    if place != "right" and sum(widths) + 2 * gap * len(names) <= area.width:
        points = _in_row(page, widths, 2 * gap, place)
    else:
        # Long names must not leave too little for the plot.
        longest = max(names, key=face.width)
        face = fitting(face.cut, longest, size=face.size, width=area.width * 0.35, smallest=6)
        x, top = area.right - size - gap - face.width(longest), area.top + area.height * 0.2
        points = [(x, top + index * face.size * 1.6) for index in range(len(names))]
        area.right = x - gap
    for name, shade, (x, y) in zip(names, shades, points, strict=True):
        page.draw.rectangle(Box(x, y - size / 2, x + size, y + size / 2), shade)
        page.text((x + size + gap, y), name, face=face)


def _in_row(page: Page, widths: Sequence[float], gap: float, place: str) -> list[Point]:
    area, size = page.area, page.face.size
    y = area.top + size if place == "top" else area.bottom - size * 0.6
    left = area.left + (area.width - sum(widths) - gap * (len(widths) - 1)) / 2
    if place == "top":
        area.top += size * 2
    else:
        area.bottom -= size * 1.8
    return [(left + sum(widths[:index]) + gap * index, y) for index in range(len(widths))]


def draw_axis_names(page: Page, names: tuple[str, str]) -> None:
    """Writes what is across below the area and what is up at its left, where they have names."""
    across, up = names
    area, size = page.area, page.face.size
    if up:
        area.left += size * 1.5
    if across:
        area.bottom -= size * 1.5
        page.text((area.left + area.width / 2, area.bottom + 0.9 * size), across, align=0.5)
    if up:
        middle = (area.left - 0.9 * size, area.top + area.height / 2)
        page.text(middle, up, align=0.5, degrees=90)
