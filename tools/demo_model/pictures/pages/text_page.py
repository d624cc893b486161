"""Short rendered text: a sign, a heading with lines below, an invoice, a date, a number."""

from dataclasses import dataclass
from random import Random

from tools.demo_model.catalog import colors, words
from tools.demo_model.pictures.drawing.box import Box, paint_rounded_box
from tools.demo_model.pictures.drawing.lettering import fitting, lettering
from tools.demo_model.pictures.drawing.page import Page
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.drawing.theme import Theme, choose_theme
from tools.demo_model.pictures.drawing.title import draw_title
from tools.demo_model.tables import table

_TEXTS = table("pictures/texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFacts:
    """`lines` are all that is written; `fields` are the named ones of an invoice, in order.

    `color` is of the label behind the text, `ink_color` of the text, where they have one.
    """

    genre: str
    heading: str
    lines: tuple[str, ...]
    fields: tuple[tuple[str, str], ...] = ()
    color: str = ""
    ink_color: str = ""


def draw_text_page(rng: Random, *, is_held_out: bool) -> Picture[TextFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    draw = rng.choices((_draw_sign, _draw_lines, _draw_notice, _draw_invoice), (5, 3, 3, 2))[0]
    page = Page(rng, theme)
    return page.finish(draw(page))


def _draw_sign(page: Page) -> TextFacts:
    """One piece of text on a colored label, anywhere on the page."""
    rng, theme, canvas = page.rng, page.theme, page.canvas
    if rng.random() < 0.4:
        text, size = _few_letters(rng, theme), rng.uniform(40, 150) * page.unit
    else:
        text = _short_text(rng, theme)
        size = rng.choice((rng.uniform(14, 30), rng.uniform(24, 90))) * page.unit
    room, smallest = canvas.width * 0.86, 12 * page.unit
    face = fitting(theme.title.cut, text, size=size, width=room, smallest=smallest)
    width, height = face.width(text) + 1.2 * face.size, rng.uniform(1.6, 2.6) * face.size
    left = rng.uniform(0, max(0.0, canvas.width - width))
    top = rng.uniform(0, max(0.0, canvas.height - height))
    ink, color, ink_color = theme.ink, "", ""
    roll = rng.random()
    if roll < 0.25:
        ink_color = colors.names_on(theme.paper, rng, 1)[0]
        ink = colors.shade_on(rng, ink_color, theme.paper)
    elif roll < 0.6:
        color = colors.names_on(theme.paper, rng, 1)[0]
        fill = colors.shade_on(rng, color, theme.paper)
        ink = colors.ink_on(fill)
        box = Box(left, top, left + width, top + height)
        paint_rounded_box(page.draw, box, rng.choice((0, 0.3, 0.6)) * face.size, fill)
        canvas.label_box(box, f"color {color}")
    page.text((left + width / 2, top + height / 2), text, face=face, ink=ink, align=0.5)
    return TextFacts(genre="sign", heading=text, lines=(text,), color=color, ink_color=ink_color)


def _draw_lines(page: Page) -> TextFacts:
    """Two to four lines of a few words each."""
    rng, canvas = page.rng, page.canvas
    lines = tuple(_short_text(rng, page.theme) for _ in range(rng.randint(2, 4)))
    size, room = rng.uniform(15, 42) * page.unit, canvas.width * 0.9
    longest, smallest = max(lines, key=len), 12 * page.unit
    face = fitting(page.theme.text_cut, longest, size=size, width=room, smallest=smallest)
    step = face.size * rng.uniform(1.4, 2.2)
    top = rng.uniform(face.size, max(face.size, canvas.height - step * len(lines)))
    align = rng.choice((0.0, 0.5))
    at = canvas.width * (0.05 + 0.45 * align * 2)
    for index, line in enumerate(lines):
        page.text((at, top + step * index), line, face=face, align=align)
    return TextFacts(genre="lines", heading=lines[0], lines=lines)


def _draw_notice(page: Page) -> TextFacts:
    """A heading, and a few smaller lines below it."""
    rng, theme = page.rng, page.theme
    page.leave_margins()
    heading = words.title(rng, is_held_out=theme.is_held_out)
    draw_title(page, heading)
    page.face = lettering(theme.text_cut, round(rng.uniform(13, 25) * page.unit))
    lines = []
    for _ in range(rng.randint(1, 4)):
        page.area.top += 1.5 * page.face.size
        line = _words_within(page, page.area.width)
        page.text((page.area.left, page.area.top), line)
        lines.append(line)
    return TextFacts(genre="notice", heading=heading, lines=(heading, *lines))


def _draw_invoice(page: Page) -> TextFacts:
    """A heading and named fields with their values at the right."""
    rng, cut = page.rng, page.theme.text_cut
    page.leave_margins()
    heading = rng.choice(_TEXTS["invoices"])
    draw_title(page, heading)
    area, fields = page.area, _fields(rng)
    size = rng.uniform(14, 24) * page.unit
    step = min(size * rng.uniform(1.5, 2.4), area.height / len(fields))
    for index, (name, value) in enumerate(fields):
        middle = area.top + (index + 0.5) * step
        for text, at, align in ((f"{name}:", area.left, 0.0), (value, area.right, 1.0)):
            face = fitting(cut, text, size=size, width=area.width / 2, smallest=12)
            page.text((at, middle), text, face=face, align=align)
    lines = (heading, *(f"{name}: {value}" for name, value in fields))
    return TextFacts(genre="invoice", heading=heading, lines=lines, fields=fields)


def _fields(rng: Random) -> tuple[tuple[str, str], ...]:
    fields = [("Number", words.code(rng)), ("Date", words.date(rng))]
    if rng.random() < 0.6:
        fields.append(("Customer", rng.choice(words.NAMES)))
    fields += [
        (item, f"${rng.randint(1, 99)}.{rng.randint(0, 99):02d}")
        for item in rng.sample(words.PRODUCTS, rng.randint(0, 2))
    ]
    fields.append(("Total", f"${rng.randint(100, 999)}.{rng.randint(0, 99):02d}"))
    return tuple(fields)


def _short_text(rng: Random, theme: Theme) -> str:
    if rng.random() < 0.7:
        return words.title(rng, is_held_out=theme.is_held_out, max_words=3)
    return _figures(rng)


def _figures(rng: Random) -> str:
    return rng.choice((words.number, words.date, words.code))(rng)


def _few_letters(rng: Random, theme: Theme) -> str:
    """A word or two, as on a sign that is read from afar."""
    roll = rng.random()
    if roll < 0.6:
        return words.title(rng, is_held_out=theme.is_held_out, max_words=rng.choice((1, 1, 2)))
    if roll < 0.85:
        case = rng.choice((str.upper, str.title, str.title, str.capitalize))
        return case(rng.choice(_TEXTS["signs"]))
    return _figures(rng)


def _words_within(page: Page, room: float) -> str:
    """A line of two to six words that fits."""
    rng = page.rng
    line = words.word(rng).capitalize()
    for _ in range(rng.randint(1, 5)):
        longer = f"{line} {words.number(rng) if rng.random() < 0.1 else words.word(rng)}"
        if page.face.width(longer) > room:
            break
        line = longer
    return line
