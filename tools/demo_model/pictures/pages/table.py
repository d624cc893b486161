"""Tables: a header, two to six rows of two to four columns, ruled in various ways."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tools.demo_model.catalog import words
from tools.demo_model.catalog.colors import RGB
from tools.demo_model.pictures.drawing.box import Box
from tools.demo_model.pictures.drawing.lettering import lettering
from tools.demo_model.pictures.drawing.page import Page
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.drawing.theme import Theme, choose_theme
from tools.demo_model.pictures.drawing.title import choose_title, lay_out


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """`rows` are the cells below the header; the first cell of each names its row."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def draw_table(rng: Random, *, is_held_out: bool) -> Picture[TableFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    page = Page(rng, theme)
    lay_out(page, facts.title)
    lefts = _fit_columns(page, facts)
    area, size, num_rows = page.area, page.face.size, len(facts.rows) + 1
    height = min(area.height / num_rows, rng.uniform(1.8, 3.2) * size)
    area.top += rng.random() ** 2 * (area.height - height * num_rows)
    _draw_rules(page, height, lefts, num_rows)
    for index, row in enumerate((facts.header, *facts.rows)):
        middle = area.top + (index + 0.5) * height
        for left, cell in zip(lefts, row, strict=False):
            page.text((left + 0.4 * size, middle), cell)
            page.canvas.label((left + 0.4 * size, middle), "mark cell")
    return page.finish(facts)


def _choose_facts(rng: Random, theme: Theme) -> TableFacts:
    num_rows, num_columns = rng.randint(2, 6), rng.randint(2, 4)
    names = words.categories(rng, num_rows)
    columns = [_column(rng, num_rows) for _ in range(num_columns - 1)]
    header: dict[str, None] = {}
    while len(header) < num_columns:
        header[rng.choice(words.BUSINESS).capitalize()] = None
    return TableFacts(
        title=choose_title(rng, theme, share=0.6),
        header=tuple(header),
        rows=tuple(zip(names, *columns, strict=True)),
    )


def _column(rng: Random, count: int) -> list[str]:
    kinds: tuple[Callable[[], str], ...] = (
        lambda: str(rng.randint(1, 999)),
        lambda: str(rng.randint(1, 99)),
        lambda: f"{rng.randint(1, 100)}%",
        lambda: f"${rng.randint(1, 999)}",
        lambda: f"{rng.uniform(0, 100):.1f}",
        lambda: str(rng.randint(1990, 2035)),
        lambda: rng.choice(words.CITIES),
        lambda: rng.choice(words.NAMES),
        lambda: rng.choice(("yes", "no")),
    )
    kind = rng.choice(kinds)
    return [kind() for _ in range(count)]


def _fit_columns(page: Page, facts: TableFacts) -> list[float]:
    """Chooses letters in which the table fits; returns the edges of the columns."""
    rng, area = page.rng, page.area
    columns = list(zip(facts.header, *facts.rows, strict=True))
    face = lettering(page.theme.text_cut, round(rng.uniform(17, 26) * page.unit))
    needed = sum(max(map(face.width, column)) + face.size for column in columns)
    if needed > area.width:
        face = lettering(face.cut, int(face.size * area.width / needed))
    page.face = face
    widths = [max(map(face.width, column)) + 0.8 * face.size for column in columns]
    spare = max(0.0, area.width - sum(widths)) * rng.uniform(0.3, 1.0) / len(widths)
    shift = rng.random() * (area.width - sum(widths) - spare * len(widths))
    lefts = [area.left + max(0.0, shift)]
    for width in widths:
        lefts.append(lefts[-1] + width + spare)
    return lefts


def _draw_rules(page: Page, height: float, lefts: list[float], num_rows: int) -> None:
    """The lines and fills behind the cells."""
    rng, theme, draw = page.rng, page.theme, page.draw
    line = page.canvas.line_width(rng.uniform(0.8, 2))
    tops = [page.area.top + row * height for row in range(num_rows + 1)]
    left, right, bottom = lefts[0], lefts[-1], tops[-1]
    if rng.random() < 0.5:
        draw.rectangle(Box(left, tops[0], right, tops[0] + height), theme.faint)
    if rng.random() < 0.3:
        for top in tops[2:num_rows:2]:
            draw.rectangle(Box(left, top, right, top + height), _between(theme.paper, theme.faint))
    style = rng.choice(("grid", "rows", "header"))
    for y in (*tops[:2], bottom) if style == "header" else tops:
        draw.line((left, y, right, y), theme.ink, line)
    for x in lefts if style == "grid" else ():
        draw.line((x, tops[0], x, bottom), theme.ink, line)


def _between(one: RGB, other: RGB) -> RGB:
    red, green, blue = ((a + b) // 2 for a, b in zip(one, other, strict=True))
    return red, green, blue
