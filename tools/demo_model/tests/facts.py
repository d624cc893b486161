"""Facts about pictures that are not drawn."""

from tools.demo_model.pictures.charts.bar_facts import BarFacts
from tools.demo_model.pictures.scenes.scene import Item, SceneFacts

BARS = BarFacts(
    title="Annual Revenue",
    axis_names=("", ""),
    categories=("North", "South", "East"),
    series=("",),
    values=((20, 80, 5),),
    value_texts=("20", "80", "5"),
    has_scale=True,
    colors=("blue",),
    is_lying=False,
    is_colorful=False,
    has_values=True,
)


def item(name: str, color: str, x: float, y: float = 0.5, size: float = 0.2) -> Item:
    return Item(name=name, plural=f"{name}s", color=color, x=x, y=y, size=size)


def scene_of(*items: Item, background: str = "white") -> SceneFacts:
    return SceneFacts(subject="shapes", items=items, background=background)
