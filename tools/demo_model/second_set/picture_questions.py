"""Questions about one picture."""

# pyright: reportMissingImports=false
# matplotlib is a requirement of this set alone.

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from tools.demo_model.sample import Sample
from tools.demo_model.second_set import charts, pages, palette
from tools.demo_model.second_set.canvas import draw
from tools.demo_model.second_set.shapes import FORMS, Shape, shape_scene
from tools.demo_model.second_set.wording import question

_CHARTS: dict[str, Callable[[Random, Figure], charts.Chart]] = {
    "bar chart": charts.bar_chart,
    "line chart": charts.line_chart,
    "pie chart": charts.pie_chart,
    "scatter plot": charts.scatter_plot,
}
_PAGES: dict[str, Callable[[Random, Figure], str]] = {
    "table": pages.table,
    "text": pages.text_page,
    "diagram": pages.diagram,
}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six")


def ask_kind(rng: Random) -> Sample:
    kind = rng.choice((*_CHARTS, *_PAGES, "shapes"))
    asked = question(rng, "kind")
    return _sample(rng, _any_of(rng, kind)[0], asked, skill="kind", expected=kind)


def ask_count(rng: Random) -> Sample:
    """Asks for the number of all shapes, or of those of one form among others."""
    count = rng.randint(1, 6)
    form = rng.choice(FORMS)
    if rng.random() < 0.5:
        forms, noun = [rng.choice(FORMS) for _ in range(count)], "shapes"
    else:
        others = [other for other in FORMS if other != form]
        forms = [form] * count + [rng.choice(others) for _ in range(rng.randint(0, 3))]
        noun = f"{form}s"
    asked = question(rng, "count", noun=noun)
    pixels = _scene(rng, [Shape(form, rng.choice(palette.names(rng, 5))) for form in forms])
    return _sample(rng, pixels, asked, skill="count", expected=_NUMBERS[count])


def ask_color(rng: Random) -> Sample:
    """Asks for the color of a shape that is the only one of its form."""
    count = rng.randint(1, 5)
    forms, names = rng.sample(FORMS, count), palette.names(rng, count)
    asked = question(rng, "color", form=forms[0])
    pixels = _scene(rng, [Shape(form, name) for form, name in zip(forms, names, strict=True)])
    return _sample(rng, pixels, asked, skill="color", expected=names[0])


def ask_title(rng: Random) -> Sample:
    kind = rng.choice((*_CHARTS, *_CHARTS, "table", "diagram"))
    pixels, title = _any_of(rng, kind)
    return _sample(rng, pixels, question(rng, "title", kind=kind), skill="title", expected=title)


def ask_highest(rng: Random) -> Sample:
    pixels, chart = draw(rng, charts.bar_chart)
    asked, picture = (
        question(rng, "highest"),
        {"title": chart.title, "categories": chart.categories},
    )
    return _sample(rng, pixels, asked, skill="highest", expected=chart.highest, picture=picture)


def _any_of(rng: Random, kind: str) -> tuple[np.ndarray, str]:
    """A picture of the kind, and its title."""
    if kind in _CHARTS:
        pixels, chart = draw(rng, _CHARTS[kind])
        return pixels, chart.title
    if kind in _PAGES:
        return draw(rng, _PAGES[kind])
    forms = [rng.choice(FORMS) for _ in range(rng.randint(2, 8))]
    return _scene(rng, [Shape(form, palette.names(rng, 1)[0]) for form in forms]), ""


def _scene(rng: Random, shapes: Sequence[Shape]) -> np.ndarray:
    return draw(rng, partial(shape_scene, shapes=shapes), is_plain=True)[0]


def _sample(
    rng: Random,
    pixels: np.ndarray,
    asked: str,
    *,
    skill: str,
    expected: str,
    picture: Mapping[str, Any] | None = None,
) -> Sample:
    content = [{"type": "image"}, {"type": "text", "text": asked}]
    if rng.random() < 0.3:
        content.reverse()
    messages = [
        {"role": "user", "content": content},
        {"role": "assistant", "content": expected},
    ]
    facts = {"skill": skill, "expected": expected, "is_thinking": False, "picture": picture or {}}
    labels = (np.zeros((0, 2), dtype=np.int32),)
    return Sample(
        kind="second set", messages=messages, images=(pixels,), labels=labels, facts=facts
    )
