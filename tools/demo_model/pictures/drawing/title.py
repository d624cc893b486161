"""The title of a page, and at times a line below it."""

from random import Random

from tools.demo_model.catalog import colors, words
from tools.demo_model.pictures.drawing.box import Box
from tools.demo_model.pictures.drawing.lettering import fitting, lettering
from tools.demo_model.pictures.drawing.page import SMALLEST, Page
from tools.demo_model.pictures.drawing.theme import Theme


def choose_title(rng: Random, theme: Theme, *, share: float = 0.94) -> str:
    """A title for such a share of the pages, and none for the others."""
    return words.title(rng, is_held_out=theme.is_held_out) if rng.random() < share else ""


def lay_out(page: Page, title: str, *, is_chart: bool = False) -> None:
    """Leaves margins, chooses the letters of a chart, and draws the title."""
    page.leave_margins()
    if is_chart:
        size = page.theme.text_size * page.rng.uniform(0.93, 1.07) * page.unit
        page.face = lettering(page.theme.text_cut, max(SMALLEST, round(size)))
    draw_title(page, title)


def draw_title(page: Page, title: str) -> None:
    """Writes the title, if there is one, at the top of the area; a long one on two lines."""
    if not title:
        return
    area, look, unit = page.area, page.theme.title, page.unit
    size, room = max(look.size * unit, 1.2 * SMALLEST), area.width * 0.97
    smallest = min(size, max(14 * unit, SMALLEST))
    face = fitting(look.cut, title, size=size, width=room, smallest=smallest)
    lines = [title] if face.width(title) <= room else _halves(title)
    longest = max(lines, key=face.width)
    face = fitting(look.cut, longest, size=face.size, width=room, smallest=SMALLEST)
    at, ink = area.left + look.align * area.width, look.ink
    if look.band is not None:
        ink = colors.ink_on(look.band)
        bottom = area.top + 1.25 * face.size * len(lines)
        band = Box(area.left, area.top - 0.15 * face.size, area.right, bottom)
        page.draw.rectangle(band, look.band)
        at += (0.5 - look.align) * face.size * 0.6
    for line in lines:
        page.text((at, area.top + 0.55 * face.size), line, face=face, ink=ink, align=look.align)
        area.top += 1.25 * face.size
    if look.is_underlined:
        y = area.top - 0.08 * face.size
        line_width = page.canvas.line_width(1)
        page.draw.line((area.left, y, area.right, y), page.theme.grid_ink, line_width)
        area.top += 0.2 * face.size
    if page.rng.random() < 0.06 and face.size > 1.25 * page.theme.text_size * unit:
        _draw_subtitle(page)
    area.top += page.rng.uniform(2, 14) * unit


def _draw_subtitle(page: Page) -> None:
    """A smaller and paler line."""
    rng, theme, area = page.rng, page.theme, page.area
    line = rng.choice(
        (
            f"in {words.word(rng)}",
            words.date(rng),
            f"Source: {words.word(rng)}",
            f"per {words.word(rng)}",
        )
    )
    size, align = max(SMALLEST, 0.85 * theme.text_size * page.unit), theme.title.align
    face = fitting(theme.text_cut, line, size=size, width=area.width, smallest=6)
    at = (area.left + align * area.width, area.top + 0.5 * face.size)
    page.text(at, line, face=face, ink=theme.pale_ink, align=align)
    area.top += 1.3 * face.size


def _halves(title: str) -> list[str]:
    """The title cut at the space nearest to its middle; one word alone stays whole."""
    spaces = [index for index, character in enumerate(title) if character == " "]
    if not spaces:
        return [title]
    cut = min(spaces, key=lambda index: abs(index - len(title) / 2))
    return [title[:cut], title[cut + 1 :]]
