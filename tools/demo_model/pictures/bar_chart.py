"""Bar charts: upright or lying, one bar a category or a group of them."""

from dataclasses import dataclass
from random import Random

from tools.demo_model import colours, words
from tools.demo_model.colours import RGB
from tools.demo_model.pictures import axes
from tools.demo_model.pictures.axes import Area, Scale
from tools.demo_model.pictures.canvas import Canvas
from tools.demo_model.pictures.lettering import Lettering
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.pictures.theme import Theme, choose_theme, page


@dataclass(frozen=True, slots=True, kw_only=True)
class BarFacts:
    """`values[series][category]`; `colours` name each series, or each bar if `is_colourful`."""

    title: str
    axis_names: tuple[str, str]
    categories: tuple[str, ...]
    series: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]
    colours: tuple[str, ...]
    is_lying: bool
    is_colourful: bool
    has_values: bool


def draw_bar_chart(rng: Random, *, is_held_out: bool) -> Picture[BarFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts = _choose_facts(rng, theme)
    canvas = page(rng, theme)
    shades = [colours.shade_on(rng, name, theme.paper) for name in facts.colours]
    area = axes.whole(canvas, rng)
    face = axes.text_lettering(canvas, theme, rng)
    if facts.title:
        axes.draw_title(canvas, theme, rng, area, facts.title)
    if len(facts.series) > 1:
        places = ("bottom",) if is_held_out else ("top", "right")
        entries = list(zip(facts.series, shades, strict=True))
        axes.draw_legend(canvas, theme, face, area, entries, place=rng.choice(places))
    axes.draw_axis_names(canvas, theme, face, area, facts.axis_names)
    scale = axes.scale_for(rng, max(map(max, facts.values)))
    bars = _Bars(canvas, theme, face, area, scale, facts, shades)
    draw = bars.draw_lying if facts.is_lying else bars.draw_upright
    draw(rng, part=rng.uniform(0.45, 0.9))
    pixels, labels = canvas.finish(rng)
    return Picture(pixels=pixels, labels=labels, facts=facts)


def _choose_facts(rng: Random, theme: Theme) -> BarFacts:
    num_series = 1 if rng.random() < 0.78 else rng.randint(2, 3)
    count = rng.randint(2, 7) if num_series == 1 else rng.randint(2, 4)
    highest = rng.choice((10, 20, 50, 100, 100, 200, 500, 1000, 5000))
    is_colourful = num_series == 1 and rng.random() < 0.35
    held_out = theme.is_held_out
    return BarFacts(
        title=words.title(rng, is_held_out=held_out) if rng.random() < 0.94 else "",
        axis_names=_axis_names(rng),
        categories=tuple(words.categories(rng, count)),
        series=tuple(words.categories(rng, num_series)) if num_series > 1 else ("",),
        values=tuple(tuple(distinct_values(rng, count, highest)) for _ in range(num_series)),
        colours=tuple(colours.names_on(theme.paper, rng, count if is_colourful else num_series)),
        is_lying=num_series == 1 and rng.random() < 0.3,
        is_colourful=is_colourful,
        has_values=num_series == 1 and rng.random() < 0.4,
    )


def distinct_values(rng: Random, count: int, highest: int) -> list[int]:
    """Values of which the largest and the smallest are plain to see."""
    while True:
        values = [rng.randint(max(1, highest // 20), highest) for _ in range(count)]
        ordered = sorted(values)
        gap = max(1, max(values) * 0.06)
        if ordered[-1] - ordered[-2] >= gap and ordered[1] - ordered[0] >= gap:
            return values


def _axis_names(rng: Random) -> tuple[str, str]:
    across = words.word(rng).capitalize() if rng.random() < 0.4 else ""
    up = words.word(rng).capitalize() if rng.random() < 0.4 else ""
    return across, up


class _Bars:
    """The plot itself, once everything around it has its place."""

    def __init__(
        self,
        canvas: Canvas,
        theme: Theme,
        face: Lettering,
        area: Area,
        scale: Scale,
        facts: BarFacts,
        shades: list[RGB],
    ) -> None:
        self.canvas, self.theme, self.face, self.area = canvas, theme, face, area
        self.scale, self.facts, self.shades = scale, facts, shades

    def draw_upright(self, rng: Random, *, part: float) -> None:
        area, face, facts = self.area, self.face, self.facts
        widest = max(map(face.width, facts.categories))
        # The ticks take some width later; what the slots are then is known well enough here.
        slot = area.width * 0.88 / len(facts.categories)
        is_turned = widest > slot * 0.95
        area.bottom -= widest + 0.6 * face.size if is_turned else 1.5 * face.size
        axes.draw_up_scale(self.canvas, self.theme, face, area, self.scale, rng)
        slot = area.width / len(facts.categories)
        for index, category in enumerate(facts.categories):
            middle = area.left + slot * (index + 0.5)
            if is_turned:
                at = (middle, area.bottom + face.width(category) / 2 + 0.4 * face.size)
                self.canvas.upright_text(at, category, face, self.theme.ink)
            else:
                at = (middle, area.bottom + 0.85 * face.size)
                self.canvas.text(at, category, face, self.theme.ink, align=0.5)
            self._draw_group(index, middle - slot * part / 2, slot * part)

    def _draw_group(self, category: int, left: float, width: float) -> None:
        thickness = width / len(self.facts.series)
        for series, values in enumerate(self.facts.values):
            length = self.area.height * values[category] / self.scale.top
            x, y = left + thickness * series, self.area.bottom - length
            self._fill((x, y, x + thickness, self.area.bottom), series, category)
            self.canvas.label((x + thickness / 2, y), "mark bar end")
            if self.facts.has_values:
                at = (x + thickness / 2, y - 0.6 * self.face.size)
                text = str(values[category])
                self.canvas.text(at, text, self.face, self.theme.ink, align=0.5)

    def draw_lying(self, rng: Random, *, part: float) -> None:
        area, face, facts = self.area, self.face, self.facts
        area.left += max(map(face.width, facts.categories)) + 0.5 * face.size
        area.bottom -= 1.5 * face.size
        area.right -= face.width(str(max(facts.values[0]))) if facts.has_values else face.size
        self._draw_across_scale(has_grid=rng.random() < 0.5)
        slot = area.height / len(facts.categories)
        for index, (category, value) in enumerate(
            zip(facts.categories, facts.values[0], strict=True)
        ):
            middle = area.top + slot * (index + 0.5)
            at = (area.left - 0.4 * face.size, middle)
            self.canvas.text(at, category, face, self.theme.ink, align=1.0)
            end = area.left + area.width * value / self.scale.top
            half = slot * part / 2
            self._fill((area.left, middle - half, end, middle + half), 0, index)
            self.canvas.label((end, middle), "mark bar end")
            if facts.has_values:
                at = (end + 0.3 * face.size, middle)
                self.canvas.text(at, str(value), face, self.theme.ink)

    def _draw_across_scale(self, *, has_grid: bool) -> None:
        area, line = self.area, max(1, round(self.canvas.unit))
        for index in range(self.scale.num_steps + 1):
            x = area.left + area.width * index / self.scale.num_steps
            if has_grid or index == 0:
                ink = self.theme.faint if index else self.theme.ink
                self.canvas.draw.line((x, area.top, x, area.bottom), ink, line)
            text = axes.tick_text(self.scale.step * index)
            at = (x, area.bottom + 0.85 * self.face.size)
            self.canvas.text(at, text, self.face, self.theme.ink, align=0.5)

    def _fill(self, box: tuple[float, float, float, float], series: int, category: int) -> None:
        index = category if self.facts.is_colourful else series
        self.canvas.draw.rectangle(box, self.shades[index])
        self.canvas.label_box(box, ("mark bar", f"colour {self.facts.colours[index]}"))
