"""The facts of a bar chart, chosen before it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tools.demo_model.catalog import colors, words
from tools.demo_model.pictures.charts.legend import word_or_none
from tools.demo_model.pictures.drawing.theme import Theme
from tools.demo_model.pictures.drawing.title import choose_title
from tools.demo_model.tables import table

_TEXTS = table("pictures/charts")


@dataclass(frozen=True, slots=True, kw_only=True)
class BarFacts:
    """`values[series][category]`; `colors` name each series, or each bar if `is_colorful`.

    `value_texts` are the values of the first series as they are written where `has_values`;
    `has_scale` says whether values can be read off an axis, which starts at `floor`.
    """

    title: str
    axis_names: tuple[str, str]
    categories: tuple[str, ...]
    series: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    value_texts: tuple[str, ...]
    colors: tuple[str, ...]
    is_lying: bool
    is_colorful: bool
    has_values: bool
    has_scale: bool
    floor: float = 0.0

    @property
    def ranked(self) -> list[str]:
        """The categories of a single series, the highest first."""
        pairs = sorted(zip(self.values[0], self.categories, strict=True), reverse=True)
        return [category for _, category in pairs]

    def differ(self, one: int, other: int) -> bool:
        """Whether anyone sees which of two bars of the first series is higher."""
        values = self.values[0]
        return abs(values[one] - values[other]) >= 0.05 * (max(values) - self.floor)


def choose_facts(rng: Random, theme: Theme) -> BarFacts:
    num_series = 1 if rng.random() < 0.84 else rng.randint(2, 3)
    is_single = num_series == 1
    count = rng.choices(range(2, 10), (3, 7, 8, 8, 7, 5, 3, 2))[0]
    count = count if is_single else min(count, 5)
    highest = rng.choice((10, 20, 50, 100, 100, 100, 200, 500, 1000, 5000, 40000))
    is_high = is_single and rng.random() < 0.1
    values = tuple(
        tuple(distinct_values(rng, count, highest, is_high=is_high)) for _ in range(num_series)
    )
    is_colorful = is_single and count <= 7 and rng.random() < 0.35
    has_values = is_single and rng.random() < 0.3
    floor = rng.uniform(0.6, 0.9) * min(values[0]) if is_high else 0.0
    return BarFacts(
        title=choose_title(rng, theme),
        axis_names=_axis_names(rng),
        categories=tuple(words.categories(rng, count)),
        series=("",) if is_single else tuple(words.categories(rng, num_series)),
        values=values,
        value_texts=_value_texts(rng, values[0]),
        colors=tuple(_colors(rng, theme, count, num_series, is_colorful=is_colorful)),
        is_lying=is_single and rng.random() < 0.27,
        is_colorful=is_colorful,
        has_values=has_values,
        has_scale=theme.has_ticks_named,
        floor=floor,
    )


def distinct_values(rng: Random, count: int, highest: int, *, is_high: bool) -> list[float]:
    """Values of which the largest and the smallest are plain to see."""
    lowest = 0.55 * highest if is_high else max(1, highest // rng.choice((4, 20, 20)))
    digits = None if highest >= 50 or rng.random() < 0.6 else 1
    while True:
        values = [round(rng.uniform(lowest, highest), digits) for _ in range(count)]
        ordered = sorted(values)
        gap = max(0.1, (ordered[-1] - (ordered[0] * 0.7 if is_high else 0)) * 0.06)
        if ordered[-1] - ordered[-2] >= gap and ordered[1] - ordered[0] >= gap:
            break
    if rng.random() < 0.15:
        values.sort(reverse=rng.random() < 0.5)
    return values


def _value_texts(rng: Random, values: Sequence[float]) -> tuple[str, ...]:
    form = rng.choice(_TEXTS["values"])
    has_commas = rng.random() < 0.6
    return tuple(form.format(f"{value:,}" if has_commas else str(value)) for value in values)


def _colors(
    rng: Random, theme: Theme, count: int, num_series: int, *, is_colorful: bool
) -> list[str]:
    if not is_colorful:
        return colors.names_on(theme.ground, rng, num_series)
    if rng.random() >= 0.2:
        return colors.names_on(theme.ground, rng, count)
    # One bar stands out, whatever its height.
    usual, special = colors.names_on(theme.ground, rng, 2)
    names = [usual] * count
    names[rng.randrange(count)] = special
    return names


def _axis_names(rng: Random) -> tuple[str, str]:
    across = word_or_none(rng)
    measured = rng.choice((rng.choice(_TEXTS["measures"]), words.word(rng).capitalize()))
    up = measured if rng.random() < 0.4 else ""
    if up and rng.random() < 0.3:
        up += rng.choice(_TEXTS["units"])
    return across, up
