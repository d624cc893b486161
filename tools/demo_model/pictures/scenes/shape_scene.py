"""Scenes of colored shapes."""

from random import Random

from tools.demo_model.catalog import colors
from tools.demo_model.catalog.classes import FORMS
from tools.demo_model.catalog.colors import RGB
from tools.demo_model.pictures.drawing.canvas import Canvas
from tools.demo_model.pictures.drawing.page import page_size
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.scenes.background import draw_background
from tools.demo_model.pictures.scenes.form import choose_coat, draw_form
from tools.demo_model.pictures.scenes.placement import places
from tools.demo_model.pictures.scenes.scene import (
    SceneFacts,
    choose_counts,
    finish_scene,
    item_in,
)


def draw_shape_scene(rng: Random, *, is_held_out: bool) -> Picture[SceneFacts]:
    # The squash must leave a square apart from a rectangle.
    size = page_size(rng, least=0.75, most=1.34)
    image, ground, background = draw_background(rng, size, is_held_out=is_held_out)
    canvas = Canvas(image)
    looks = _looks(rng, ground)
    rng.shuffle(looks)
    coat = choose_coat(rng, ground)
    boxes = places(rng, len(looks), size, rng.choice(((0.08, 0.22), (0.13, 0.38), (0.13, 0.38))))
    # Shapes of one color are mostly of one shade.
    shades = {color: colors.shade_on(rng, color, ground) for _, color in looks}
    is_even = rng.random() < 0.8
    items = []
    for (form, color), box in zip(looks, boxes, strict=True):
        shade = shades[color] if is_even else colors.shade_on(rng, color, ground)
        draw_form(rng, canvas, form, color, box, shade, coat)
        items.append(item_in(canvas, box, form, plural_form(form), color))
    facts = SceneFacts(subject="shapes", items=tuple(items), background=background)
    return finish_scene(rng, canvas, facts, boxes)


def plural_form(form: str) -> str:
    return "crosses" if form == "cross" else f"{form}s"


def _looks(rng: Random, ground: RGB) -> list[tuple[str, str]]:
    """Form and color of every item; those of one kind share the form, mostly the color."""
    counts = choose_counts(rng)
    forms = rng.sample(FORMS, len(counts))
    if rng.random() < 0.15:
        forms = [forms[0]] * len(counts)
    names = colors.names_on(ground, rng, len(counts))
    if rng.random() < 0.15 and len(set(forms)) > 1:
        names = [names[0]] * len(counts)
    looks = []
    for form, color, count in zip(forms, names, counts, strict=True):
        is_mixed = count > 1 and rng.random() < 0.25
        many = colors.names_on(ground, rng, count) if is_mixed else [color] * count
        looks += [(form, one) for one in many]
    return looks
