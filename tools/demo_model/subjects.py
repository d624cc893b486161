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
from tools.demo_model.talk.any_picture import ask_kind, ask_title
from tools.demo_model.talk.charts.bars import ask_bars, caption_bars
from tools.demo_model.talk.charts.lines import ask_lines, caption_lines
from tools.demo_model.talk.charts.pie import ask_pie, caption_pie
from tools.demo_model.talk.charts.points import ask_points, caption_points
from tools.demo_model.talk.follow_up import ask_bars_twice, ask_scene_twice
from tools.demo_model.talk.pages.diagram import ask_diagram, caption_diagram
from tools.demo_model.talk.pages.table import ask_table, caption_table
from tools.demo_model.talk.pages.text import ask_text, caption_text
from tools.demo_model.talk.scenes.scene import ask_scene, caption_scene
from tools.demo_model.talk.turn import Turn, in_short


@dataclass(frozen=True, slots=True)
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
    Subject("bar chart", 27, draw_bar_chart, caption_bars, ask_bars, ask_bars_twice),
    Subject("line chart", 7, draw_line_chart, caption_lines, ask_lines),
    Subject("pie chart", 7, draw_pie_chart, caption_pie, ask_pie),
    Subject("scatter plot", 5, draw_scatter_plot, caption_points, ask_points),
    Subject("table", 6, draw_table, caption_table, ask_table),
    Subject("text", 13, draw_text_page, caption_text, ask_text),
    Subject("diagram", 5, draw_diagram, caption_diagram, ask_diagram),
    Subject("shapes", 19, draw_shape_scene, caption_scene, ask_scene, ask_scene_twice),
    Subject("objects", 12, draw_object_scene, caption_scene, ask_scene, ask_scene_twice),
)
_WEIGHTS = [subject.weight for subject in SUBJECTS]


def choose_subject(rng: Random) -> Subject:
    return rng.choices(SUBJECTS, _WEIGHTS)[0]
