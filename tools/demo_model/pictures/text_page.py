"""Short rendered text: a sign, a heading with lines below, an invoice, a date, a number."""

from dataclasses import dataclass
from random import Random

from tools.demo_model import colours, words
from tools.demo_model.pictures import axes
from tools.demo_model.pictures.area import whole
from tools.demo_model.pictures.canvas import Canvas
from tools.demo_model.pictures.lettering import Lettering, fitting, lettering
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.pictures.rounded_box import paint_rounded_box
from tools.demo_model.pictures.theme import Theme, choose_theme, page


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFacts:
    """`lines` are all that is written; `fields` are the named ones of an invoice, in order.

    `colour` is of the label behind the text, `ink_colour` of the text, where they have one.
    """

    genre: str
    heading: str
    lines: tuple[str, ...]
    fields: tuple[tuple[str, str], ...] = ()
    colour: str = ""
    ink_colour: str = ""


def draw_text_page(rng: Random, *, is_held_out: bool) -> Picture[TextFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    draw = rng.choices((_draw_sign, _draw_lines, _draw_notice, _draw_invoice), (5, 3, 3, 2))[0]
    canvas, facts = draw(rng, theme)
    pixels, labels = canvas.finish(rng)
    return Picture(pixels=pixels, labels=labels, facts=facts)


def _draw_sign(rng: Random, theme: Theme) -> tuple[Canvas, TextFacts]:
    """One piece of text on a coloured label, anywhere on the page."""
    canvas = page(rng, theme)
    if rng.random() < 0.4:
        text, size = _few_letters(rng, theme), rng.uniform(40, 150) * canvas.unit
    else:
        text = _short_text(rng, theme)
        size = rng.choice((rng.uniform(14, 30), rng.uniform(24, 90))) * canvas.unit
    room = canvas.width * 0.86
    face = fitting(theme.title.cut, text, size=size, width=room, smallest=12 * canvas.unit)
    width, height = face.width(text) + 1.2 * face.size, rng.uniform(1.6, 2.6) * face.size
    left = rng.uniform(0, max(0.0, canvas.width - width))
    top = rng.uniform(0, max(0.0, canvas.height - height))
    ink, colour, ink_colour = theme.ink, "", ""
    roll = rng.random()
    if roll < 0.25:
        ink_colour = colours.names_on(theme.paper, rng, 1)[0]
        ink = colours.shade_on(rng, ink_colour, theme.paper)
    elif roll < 0.6:
        colour = colours.names_on(theme.paper, rng, 1)[0]
        fill = colours.shade_on(rng, colour, theme.paper)
        ink = colours.ink_on(fill)
        box = (left, top, left + width, top + height)
        paint_rounded_box(canvas.draw, box, rng.choice((0, 0.3, 0.6)) * face.size, fill)
        canvas.label_box(box, (f"colour {colour}",))
    middle = (left + width / 2, top + height / 2)
    canvas.text(middle, text, face, ink, align=0.5)
    return canvas, TextFacts(
        genre="sign", heading=text, lines=(text,), colour=colour, ink_colour=ink_colour
    )


def _draw_lines(rng: Random, theme: Theme) -> tuple[Canvas, TextFacts]:
    """Two to four lines of a few words each."""
    canvas = page(rng, theme)
    lines = tuple(_short_text(rng, theme) for _ in range(rng.randint(2, 4)))
    size = rng.uniform(15, 42) * canvas.unit
    room = canvas.width * 0.9
    longest = max(lines, key=len)
    face = fitting(theme.text_cut, longest, size=size, width=room, smallest=12 * canvas.unit)
    step = face.size * rng.uniform(1.4, 2.2)
    top = rng.uniform(face.size, max(face.size, canvas.height - step * len(lines)))
    align = rng.choice((0.0, 0.5))
    at = canvas.width * (0.05 + 0.45 * align * 2)
    for index, line in enumerate(lines):
        canvas.text((at, top + step * index), line, face, theme.ink, align=align)
    return canvas, TextFacts(genre="lines", heading=lines[0], lines=lines)


def _draw_notice(rng: Random, theme: Theme) -> tuple[Canvas, TextFacts]:
    """A heading, and a few smaller lines below it."""
    canvas = page(rng, theme)
    area = whole(canvas, rng)
    heading = words.title(rng, is_held_out=theme.is_held_out)
    axes.draw_title(canvas, theme, rng, area, heading)
    face = lettering(theme.text_cut, round(rng.uniform(13, 25) * canvas.unit))
    lines = []
    for _ in range(rng.randint(1, 4)):
        area.top += 1.5 * face.size
        line = _words_within(rng, face, area.width)
        canvas.text((area.left, area.top), line, face, theme.ink)
        lines.append(line)
    return canvas, TextFacts(genre="notice", heading=heading, lines=(heading, *lines))


def _draw_invoice(rng: Random, theme: Theme) -> tuple[Canvas, TextFacts]:
    """A heading and named fields with their values at the right."""
    canvas = page(rng, theme)
    area = whole(canvas, rng)
    heading = rng.choice(("Invoice", "Receipt", "INVOICE", "Order", "RECEIPT", "Bill"))
    axes.draw_title(canvas, theme, rng, area, heading)
    fields = _fields(rng)
    size = rng.uniform(14, 24) * canvas.unit
    step = min(size * rng.uniform(1.5, 2.4), area.height / len(fields))
    for index, (name, value) in enumerate(fields):
        middle = area.top + (index + 0.5) * step
        for text, at, align in ((f"{name}:", area.left, 0.0), (value, area.right, 1.0)):
            face = fitting(theme.text_cut, text, size=size, width=area.width / 2, smallest=12)
            canvas.text((at, middle), text, face, theme.ink, align=align)
    lines = (heading, *(f"{name}: {value}" for name, value in fields))
    return canvas, TextFacts(genre="invoice", heading=heading, lines=lines, fields=fields)


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
    roll = rng.random()
    if roll < 0.7:
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
        return rng.choice((str.upper, str.title, str.title, str.capitalize))(rng.choice(_SIGNS))
    return _figures(rng)


def _words_within(rng: Random, face: Lettering, room: float) -> str:
    """A line of two to six words that fits."""
    line = words.word(rng).capitalize()
    for _ in range(rng.randint(1, 5)):
        longer = f"{line} {words.number(rng) if rng.random() < 0.1 else words.word(rng)}"
        if face.width(longer) > room:
            break
        line = longer
    return line


_SIGNS = (
    *("begin", "bus stop", "caution", "closed", "coffee", "danger", "done", "end", "entrance"),
    *("error", "exit", "for sale", "free", "good morning", "happy birthday", "hello"),
    *("hello world", "help", "hotel", "keep out", "keep left", "last page", "loading", "lost"),
    *("menu", "new", "no entry", "no parking", "no smoking", "not found", "off", "on", "open"),
    *("out of order", "please wait", "private", "pull", "push", "ready", "sale", "sold out"),
    *("start", "stop", "test", "thank you", "the end", "this way", "to let", "welcome"),
    *("wet floor", "yes", "no", "yield"),
)
