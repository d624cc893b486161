"""Tables, pages of text and diagrams. Each says what its title is, the page none."""

# pyright: reportMissingImports=false
# matplotlib is a requirement of this set alone.

from random import Random

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from tools.demo_model.second_set import wording
from tools.demo_model.second_set.charts import shrink_to_fit


def table(rng: Random, figure: Figure) -> str:
    axes = _blank(figure, top=0.82)
    num_columns, num_rows = rng.randint(2, 4), rng.randint(3, 7)
    header = wording.labels(rng, num_columns)
    cells = [
        [name, *(str(rng.randint(1, 9999)) for _ in range(num_columns - 1))]
        for name in wording.labels(rng, num_rows)
    ]
    is_open, ink = rng.random() < 0.3, rcParams["text.color"]
    head, text = rng.choice((("#40466e", "white"), ("#d9d9d9", "black"), ("white", "black")))
    grid = axes.table(
        cellText=cells,
        colLabels=header,
        colColours=[head] * num_columns,
        cellLoc=rng.choice(("left", "center", "right")),
        edges="horizontal" if is_open else "closed",
        bbox=Bbox.from_bounds(0.06, 0.05, 0.88, 0.9),
    )
    grid.auto_set_font_size(False)
    grid.set_fontsize(rcParams["font.size"])
    for (row, _), cell in grid.get_celld().items():
        cell.get_text().set_color(ink if is_open else text if row == 0 else "black")
        if row:
            cell.set_facecolor("white")
    return _heading(rng, figure)


def text_page(rng: Random, figure: Figure) -> str:
    left, top = rng.uniform(0.06, 0.14), rng.uniform(0.9, 0.95)
    size = rcParams["font.size"]
    lines = [wording.sentence(rng) for _ in range(rng.randint(4, 9))]
    heading = figure.text(left, top, wording.title(rng), fontsize=1.5 * size, va="top")
    shrink_to_fit(heading, share=0.95 - left)
    step = rng.uniform(0.07, 0.085)
    for index, line in enumerate(lines):
        written = figure.text(left, top - 0.12 - step * index, line, fontsize=size, va="top")
        shrink_to_fit(written, share=0.95 - left)
    return ""


def diagram(rng: Random, figure: Figure) -> str:
    axes = _blank(figure, top=0.84)
    names = wording.labels(rng, rng.randint(3, 5))
    rounding = rng.choice(("round,pad=0.4", "square,pad=0.5", "round4,pad=0.5"))
    fill = rng.choice(("#ffffff", "#fff2cc", "#dae8fc", "#d5e8d4"))
    box = {"boxstyle": rounding, "facecolor": fill, "edgecolor": "#333333", "linewidth": 1.8}
    arrow = {"arrowstyle": "-|>", "color": rcParams["text.color"], "lw": 2, "shrinkB": 4}
    places = _places(rng, len(names))
    boxes = [
        axes.annotate(name, place, ha="center", va="center", color="black", bbox=box)
        for name, place in zip(names, places, strict=True)
    ]
    for index in range(1, len(names)):
        axes.annotate(
            "",
            xy=places[index],
            xytext=places[index - 1],
            arrowprops={
                **arrow,
                "patchA": boxes[index - 1].get_bbox_patch(),
                "patchB": boxes[index].get_bbox_patch(),
            },
        )
    return _heading(rng, figure)


def _places(rng: Random, count: int) -> list[tuple[float, float]]:
    """Down a column, or back and forth in two of them."""
    if rng.random() < 0.5:
        x = rng.uniform(0.35, 0.65)
        return [(x, 0.92 - 0.84 * index / (count - 1)) for index in range(count)]
    rows = (count + 1) // 2
    heights = [0.88 - 0.76 * row / max(rows - 1, 1) for row in range(rows)]
    snake = [((0.22, 0.78), (0.78, 0.22))[row % 2] for row in range(rows)]
    return [(x, heights[row]) for row in range(rows) for x in snake[row]][:count]


def _blank(figure: Figure, *, top: float) -> Axes:
    axes = figure.add_axes((0, 0, 1, top))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.axis("off")
    return axes


def _heading(rng: Random, figure: Figure) -> str:
    title = wording.title(rng)
    size, weight = rcParams["axes.titlesize"], rcParams["axes.titleweight"]
    heading = figure.text(0.5, 0.91, title, fontsize=size, weight=weight, ha="center", va="center")
    shrink_to_fit(heading, share=0.9)
    return title
