"""Tables: a header, two to six rows of two to four columns, ruled in various ways."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tools.demo_model import words
from tools.demo_model.colours import RGB
from tools.demo_model.pictures import axes
from tools.demo_model.pictures.area import Area, whole
from tools.demo_model.pictures.canvas import Canvas
from tools.demo_model.pictures.lettering import Lettering, lettering
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.pictures.theme import Theme, choose_theme, page


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """`rows` are the cells below the header; the first cell of each names its row."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def draw_table(rng: Random, *, is_held_out: bool) -> Picture[TableFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    canvas = page(rng, theme)
    area = whole(canvas, rng)
    if facts.title:
        axes.draw_title(canvas, theme, rng, area, facts.title)
    face, lefts = _columns(canvas, theme, rng, area, facts)
    row_height = min(area.height / (len(facts.rows) + 1), rng.uniform(1.8, 3.2) * face.size)
    area.top += rng.random() ** 2 * (area.height - row_height * (len(facts.rows) + 1))
    _Ruling(canvas, theme, area, row_height, lefts).draw(rng, len(facts.rows) + 1)
    for index, row in enumerate((facts.header, *facts.rows)):
        middle = area.top + (index + 0.5) * row_height
        for left, cell in zip(lefts, row, strict=False):
            canvas.text((left + 0.4 * face.size, middle), cell, face, theme.ink)
            canvas.label((left + 0.4 * face.size, middle), "mark cell")
    pixels, labels = canvas.finish(rng)
    return Picture(pixels=pixels, labels=labels, facts=facts)


def _choose_facts(rng: Random, theme: Theme) -> TableFacts:
    num_rows, num_columns = rng.randint(2, 6), rng.randint(2, 4)
    names = words.categories(rng, num_rows)
    columns = [_column(rng, num_rows) for _ in range(num_columns - 1)]
    header: dict[str, None] = {}
    while len(header) < num_columns:
        header[rng.choice(words.BUSINESS).capitalize()] = None
    return TableFacts(
        title=words.title(rng, is_held_out=theme.is_held_out) if rng.random() < 0.6 else "",
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


def _columns(
    canvas: Canvas, theme: Theme, rng: Random, area: Area, facts: TableFacts
) -> tuple[Lettering, list[float]]:
    """The letters in which the table fits, and the left edge of every column and of the end."""
    columns = list(zip(facts.header, *facts.rows, strict=True))
    size = rng.uniform(17, 26) * canvas.unit
    face = lettering(theme.text_cut, round(size))
    needed = sum(max(map(face.width, column)) + face.size for column in columns)
    if needed > area.width:
        face = lettering(theme.text_cut, int(face.size * area.width / needed))
    widths = [max(map(face.width, column)) + 0.8 * face.size for column in columns]
    spare = max(0.0, area.width - sum(widths)) * rng.uniform(0.3, 1.0) / len(widths)
    shift = rng.random() * (area.width - sum(widths) - spare * len(widths))
    lefts = [area.left + max(0.0, shift)]
    for width in widths:
        lefts.append(lefts[-1] + width + spare)
    return face, lefts


class _Ruling:
    """The lines and fills behind the cells."""

    def __init__(
        self, canvas: Canvas, theme: Theme, area: Area, row_height: float, lefts: list[float]
    ) -> None:
        self.canvas, self.theme, self.area = canvas, theme, area
        self.row_height, self.lefts = row_height, lefts

    def draw(self, rng: Random, num_rows: int) -> None:
        left, right, top = self.lefts[0], self.lefts[-1], self.area.top
        line = max(1, round(rng.uniform(0.8, 2) * self.canvas.unit))
        if rng.random() < 0.5:
            self._fill(0, self.theme.faint)
        if rng.random() < 0.3:
            for row in range(2, num_rows, 2):
                self._fill(row, _between(self.theme.paper, self.theme.faint))
        style = rng.choice(("grid", "rows", "header"))
        drawn = (0, 1, num_rows) if style == "header" else range(num_rows + 1)
        for row in drawn:
            y = top + row * self.row_height
            self.canvas.draw.line((left, y, right, y), self.theme.ink, line)
        if style == "grid":
            bottom = top + num_rows * self.row_height
            for x in self.lefts:
                self.canvas.draw.line((x, top, x, bottom), self.theme.ink, line)

    def _fill(self, row: int, colour: RGB) -> None:
        top = self.area.top + row * self.row_height
        box = (self.lefts[0], top, self.lefts[-1], top + self.row_height)
        self.canvas.draw.rectangle(box, colour)


def _between(one: RGB, other: RGB) -> RGB:
    red, green, blue = ((a + b) // 2 for a, b in zip(one, other, strict=True))
    return red, green, blue
