"""What charts have in common: title, legend, names of the axes."""

from collections.abc import Sequence
from random import Random

from tools.demo_model import colours, words
from tools.demo_model.colours import RGB
from tools.demo_model.pictures.area import Area
from tools.demo_model.pictures.canvas import Canvas
from tools.demo_model.pictures.lettering import Lettering, fitting, lettering
from tools.demo_model.pictures.theme import Theme

# In pixels of the drawing: smaller letters are not readable on small pages.
_SMALLEST = 9


def text_lettering(canvas: Canvas, theme: Theme, rng: Random) -> Lettering:
    size = theme.text_size * rng.uniform(0.93, 1.07) * canvas.unit
    return lettering(theme.text_cut, max(_SMALLEST, round(size)))


def draw_title(canvas: Canvas, theme: Theme, rng: Random, area: Area, title: str) -> None:
    """Writes the title at the top of the area, on two lines where one would be too small."""
    look = theme.title
    size = max(look.size * canvas.unit, 1.2 * _SMALLEST)
    smallest = min(size, max(14 * canvas.unit, _SMALLEST))
    room = area.width * 0.97
    face = fitting(look.cut, title, size=size, width=room, smallest=smallest)
    lines = [title] if face.width(title) <= room else _halves(title)
    longest = max(lines, key=face.width)
    face = fitting(look.cut, longest, size=face.size, width=room, smallest=_SMALLEST)
    at, ink = area.left + look.align * area.width, look.ink
    height = 1.25 * face.size * len(lines)
    if look.band is not None:
        ink = colours.ink_on(look.band)
        box = (area.left, area.top - 0.15 * face.size, area.right, area.top + height)
        canvas.draw.rectangle(box, look.band)
        at += (0.5 - look.align) * face.size * 0.6
    for line in lines:
        canvas.text((at, area.top + 0.55 * face.size), line, face, ink, align=look.align)
        area.top += 1.25 * face.size
    if look.is_underlined:
        y = area.top - 0.08 * face.size
        canvas.draw.line((area.left, y, area.right, y), theme.grid_ink, max(1, round(canvas.unit)))
        area.top += 0.2 * face.size
    if rng.random() < 0.06 and face.size > 1.25 * theme.text_size * canvas.unit:
        _draw_subtitle(canvas, theme, rng, area)
    area.top += rng.uniform(2, 14) * canvas.unit


def _draw_subtitle(canvas: Canvas, theme: Theme, rng: Random, area: Area) -> None:
    """A smaller and paler line below the title."""
    text = rng.choice(
        (
            f"in {words.word(rng)}",
            words.date(rng),
            f"Source: {words.word(rng)}",
            f"per {words.word(rng)}",
        )
    )
    size = max(_SMALLEST, 0.85 * theme.text_size * canvas.unit)
    face = fitting(theme.text_cut, text, size=size, width=area.width, smallest=6)
    at = (area.left + theme.title.align * area.width, area.top + 0.5 * face.size)
    canvas.text(at, text, face, theme.pale_ink, align=theme.title.align)
    area.top += 1.3 * face.size


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
        # Long names must not leave too little for the plot.
        longest = max((name for name, _ in entries), key=face.width)
        face = fitting(face.cut, longest, size=face.size, width=area.width * 0.35, smallest=6)
        x = area.right - size - gap - face.width(longest)
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


def _halves(title: str) -> list[str]:
    """The title cut at the space nearest to its middle; one word alone stays whole."""
    spaces = [index for index, character in enumerate(title) if character == " "]
    if not spaces:
        return [title]
    cut = min(spaces, key=lambda index: abs(index - len(title) / 2))
    return [title[:cut], title[cut + 1 :]]
