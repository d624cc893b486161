"""Bar, line, pie and scatter charts. Each says what its title and its categories are."""

# pyright: reportMissingImports=false
# matplotlib is a requirement of this set alone.

from dataclasses import dataclass
from random import Random

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from tools.demo_model.second_set import palette, wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The texts of a chart; only a bar chart has a highest one of its categories."""

    title: str
    categories: tuple[str, ...] = ()
    highest: str = ""


def bar_chart(rng: Random, figure: Figure) -> Chart:
    count = rng.randint(3, 6)
    categories = wording.labels(rng, count)
    # So far apart that the highest is plain to see.
    values = [step * rng.uniform(0.99, 1.01) for step in rng.sample(range(4, 17), count)]
    axes = _axes(rng, figure)
    # Black would vanish on a dark ground.
    name = next(name for name in palette.names(rng, 2) if name != "black")
    color = palette.value(rng, name)
    if rng.random() < 0.75:
        axes.bar(categories, values, width=rng.uniform(0.45, 0.9), color=color)
        axes.tick_params(axis="x", labelrotation=rng.choice((0, 20, 35)) if count > 4 else 0)
    else:
        axes.barh(categories, values, height=rng.uniform(0.45, 0.9), color=color)
    highest = categories[values.index(max(values))]
    return Chart(title=_title(rng, axes), categories=tuple(categories), highest=highest)


def line_chart(rng: Random, figure: Figure) -> Chart:
    axes = _axes(rng, figure)
    num_lines, num_points = rng.randint(1, 3), rng.randint(5, 14)
    for label in wording.labels(rng, num_lines):
        values = [rng.uniform(10, 60)]
        for _ in range(num_points - 1):
            values.append(values[-1] + rng.uniform(-9, 11))
        marker, line = rng.choice(("", "o", "s", "^")), rng.choice(("-", "-", "--"))
        axes.plot(values, marker=marker, linestyle=line, linewidth=rng.uniform(1.5, 4), label=label)
    if num_lines > 1:
        axes.legend()
    return Chart(title=_title(rng, axes))


def pie_chart(rng: Random, figure: Figure) -> Chart:
    axes = _axes(rng, figure, is_named=False)
    categories = wording.labels(rng, rng.randint(3, 6))
    shares = [rng.uniform(1, 5) for _ in categories]
    has_legend, shown = rng.random() < 0.4, rng.choice((None, "%1.0f%%"))
    axes.pie(
        shares,
        labels=None if has_legend else categories,
        autopct=shown,
        startangle=rng.uniform(0, 360),
        wedgeprops={"edgecolor": "white", "linewidth": rng.choice((0, 1.5))},
    )
    if has_legend:
        axes.legend(categories, loc="center left", bbox_to_anchor=(1, 0.5))
    return Chart(title=_title(rng, axes), categories=tuple(categories))


def scatter_plot(rng: Random, figure: Figure) -> Chart:
    axes = _axes(rng, figure)
    slope, spread = rng.uniform(-1, 1), rng.uniform(0.1, 0.5)
    marker, area = rng.choice("os^D"), rng.uniform(25, 90)
    for label in wording.labels(rng, rng.randint(1, 2)):
        places = [rng.random() for _ in range(rng.randint(14, 40))]
        heights = [slope * place + rng.gauss(0, spread) for place in places]
        axes.scatter(places, heights, s=area, marker=marker, label=label)
    if rng.random() < 0.5:
        axes.legend()
    return Chart(title=_title(rng, axes))


def _axes(rng: Random, figure: Figure, *, is_named: bool = True) -> Axes:
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    if is_named and rng.random() < 0.6:
        axes.set_xlabel(wording.word(rng).capitalize())
        axes.set_ylabel(wording.word(rng).capitalize())
    return axes


def _title(rng: Random, axes: Axes) -> str:
    title = wording.title(rng)
    shrink_to_fit(axes.set_title(title, pad=rng.uniform(8, 18)), share=0.7)
    return title


def shrink_to_fit(text: Text, *, share: float) -> None:
    """Makes a line no wider than a share of its figure."""
    figure = text.get_figure(root=True)
    assert figure is not None
    room = share * figure.bbox.width
    width = text.get_window_extent().width
    text.set_fontsize(float(text.get_fontsize()) * min(1, room / width))
