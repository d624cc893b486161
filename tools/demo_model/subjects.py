"""Every kind of picture with how it is drawn, captioned and asked about."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tools.demo_model.pictures.charts.bar_chart import draw_bar_chart
from tools.demo_model.pictures.charts.line_chart import draw_line_chart
from tools.demo_model.pictures.charts.pie_chart import draw_pie_chart
from tools.demo_model.pictures.charts.scatter_plot import draw_scatter_plot
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.pages.diagram import draw_diagram
from tools.demo_model.pictures.pages.table import draw_table
from tools.demo_model.pictures.pages.text_page import draw_text_page
from tools.demo_model.pictures.scenes.object_scene import draw_object_scene
from tools.demo_model.pictures.scenes.shape_scene import draw_shape_scene
from tools.demo_model.talk.bar_talk import ask_bars, caption_bars
from tools.demo_model.talk.follow_up import ask_bars_twice, ask_scene_twice
from tools.demo_model.talk.kind_talk import ask_kind, ask_title
from tools.demo_model.talk.line_talk import ask_lines, ask_points, caption_lines, caption_points
from tools.demo_model.talk.page_talk import (
    ask_diagram,
    ask_table,
    ask_text,
    caption_diagram,
    caption_table,
    caption_text,
)
from tools.demo_model.talk.pie_talk import ask_pie, caption_pie
from tools.demo_model.talk.scene_talk import ask_scene, caption_scene
from tools.demo_model.talk.turn import Turn, in_short


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One kind of picture. What `caption` and `ask` take is what `draw` says of the picture.

    `ask_twice` gives two turns of which the second leans on the first.
    """

    kind: str
    weight: float
    draw: Callable[..., Picture[Any]]
    caption: Callable[[Random, Any], str]
    ask_content: Callable[[Random, Any], Turn]
    ask_twice: Callable[[Random, Any], list[Turn]] | None = None

    def ask(self, rng: Random, facts: Any) -> Turn:
        """Any question: what it is, what its title says, or about its content."""
        return in_short(rng, self._ask(rng, facts))

    def _ask(self, rng: Random, facts: Any) -> Turn:
        roll = rng.random()
        if roll < 0.1:
            return ask_kind(rng, self.kind)
        if roll < 0.34 and hasattr(facts, "title"):
            return ask_title(rng, self.kind, facts.title)
        return self.ask_content(rng, facts)


SUBJECTS = (
    Subject(
        kind="bar chart",
        weight=27,
        draw=draw_bar_chart,
        caption=caption_bars,
        ask_content=ask_bars,
        ask_twice=ask_bars_twice,
    ),
    Subject(
        kind="line chart",
        weight=7,
        draw=draw_line_chart,
        caption=caption_lines,
        ask_content=ask_lines,
    ),
    Subject(
        kind="pie chart",
        weight=7,
        draw=draw_pie_chart,
        caption=caption_pie,
        ask_content=ask_pie,
    ),
    Subject(
        kind="scatter plot",
        weight=5,
        draw=draw_scatter_plot,
        caption=caption_points,
        ask_content=ask_points,
    ),
    Subject(
        kind="table",
        weight=6,
        draw=draw_table,
        caption=caption_table,
        ask_content=ask_table,
    ),
    Subject(
        kind="text",
        weight=13,
        draw=draw_text_page,
        caption=caption_text,
        ask_content=ask_text,
    ),
    Subject(
        kind="diagram",
        weight=5,
        draw=draw_diagram,
        caption=caption_diagram,
        ask_content=ask_diagram,
    ),
    Subject(
        kind="shapes",
        weight=19,
        draw=draw_shape_scene,
        caption=caption_scene,
        ask_content=ask_scene,
        ask_twice=ask_scene_twice,
    ),
    Subject(
        kind="objects",
        weight=12,
        draw=draw_object_scene,
        caption=caption_scene,
        ask_content=ask_scene,
        ask_twice=ask_scene_twice,
    ),
)
_WEIGHTS = [subject.weight for subject in SUBJECTS]


def choose_subject(rng: Random) -> Subject:
    return rng.choices(SUBJECTS, _WEIGHTS)[0]
