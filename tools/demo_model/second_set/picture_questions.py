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
from tools.demo_model.second_set import charts, colours, pages
from tools.demo_model.second_set.canvas import draw
from tools.demo_model.second_set.shapes import FORMS, Shape, shape_scene

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
_KINDS = (*_CHARTS, *_PAGES, "shapes")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six")


def ask_kind(rng: Random) -> Sample:
    kind = rng.choice(_KINDS)
    question = rng.choice(
        (
            "What kind of picture is this?",
            "What type of image is this?",
            "Is this a chart, a table, a diagram, text, or something else?",
            "What sort of image am I looking at?",
        )
    )
    return _sample(rng, _any_of(rng, kind)[0], question, skill="kind", expected=kind)


def ask_count(rng: Random) -> Sample:
    """All shapes, or those of one form among others."""
    count = rng.randint(1, 6)
    form = rng.choice(FORMS)
    if rng.random() < 0.5:
        forms, noun = [rng.choice(FORMS) for _ in range(count)], "shapes"
    else:
        others = [other for other in FORMS if other != form]
        forms = [form] * count + [rng.choice(others) for _ in range(rng.randint(0, 3))]
        noun = f"{form}s"
    question = rng.choice(
        (
            f"How many {noun} are there?",
            f"How many {noun} can you see in this image?",
            f"Count the {noun}.",
            f"What is the number of {noun} in the picture?",
        )
    )
    pixels = _scene(rng, [Shape(form, rng.choice(colours.names(rng, 5))) for form in forms])
    return _sample(rng, pixels, question, skill="count", expected=_NUMBERS[count])


def ask_colour(rng: Random) -> Sample:
    """Of a shape that is the only one of its form."""
    count = rng.randint(1, 5)
    forms, names = rng.sample(FORMS, count), colours.names(rng, count)
    question = rng.choice(
        (
            f"What color is the {forms[0]}?",
            f"What colour is the {forms[0]}?",
            f"What is the color of the {forms[0]} in the image?",
            f"Which color does the {forms[0]} have?",
        )
    )
    pixels = _scene(rng, [Shape(form, name) for form, name in zip(forms, names, strict=True)])
    return _sample(rng, pixels, question, skill="color", expected=names[0])


def ask_title(rng: Random) -> Sample:
    kind = rng.choice((*_CHARTS, *_CHARTS, "table", "diagram"))
    pixels, title = _any_of(rng, kind)
    question = rng.choice(
        (
            f"What is the title of this {kind}?",
            "What does the title say?",
            "What is the title of the picture?",
            "Read the title, please.",
        )
    )
    return _sample(rng, pixels, question, skill="title", expected=title)


def ask_highest(rng: Random) -> Sample:
    pixels, chart = draw(rng, charts.bar_chart)
    question = rng.choice(
        (
            "Which bar is the highest?",
            "Which category has the highest value?",
            "What is the label of the highest bar?",
            "Which one is the highest?",
        )
    )
    picture = {"title": chart.title, "categories": chart.categories}
    return _sample(rng, pixels, question, skill="highest", expected=chart.highest, picture=picture)


def _any_of(rng: Random, kind: str) -> tuple[np.ndarray, str]:
    """A picture of the kind, and its title."""
    if kind in _CHARTS:
        pixels, chart = draw(rng, _CHARTS[kind])
        return pixels, chart.title
    if kind in _PAGES:
        return draw(rng, _PAGES[kind])
    forms = [rng.choice(FORMS) for _ in range(rng.randint(2, 8))]
    return _scene(rng, [Shape(form, colours.names(rng, 1)[0]) for form in forms]), ""


def _scene(rng: Random, shapes: Sequence[Shape]) -> np.ndarray:
    return draw(rng, partial(shape_scene, shapes=shapes), is_plain=True)[0]


def _sample(
    rng: Random,
    pixels: np.ndarray,
    question: str,
    *,
    skill: str,
    expected: str,
    picture: Mapping[str, Any] | None = None,
) -> Sample:
    content = [{"type": "image"}, {"type": "text", "text": question}]
    if rng.random() < 0.3:
        content.reverse()
    return Sample(
        kind="second set",
        messages=[
            {"role": "user", "content": content},
            {"role": "assistant", "content": expected},
        ],
        images=(pixels,),
        labels=(np.zeros((0, 2), dtype=np.int32),),
        facts={
            "skill": skill,
            "expected": expected,
            "is_thinking": False,
            "picture": picture or {},
        },
    )
