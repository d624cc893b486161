"""Scenes of coloured shapes."""

from random import Random

from tools.demo_model import colours
from tools.demo_model.classes import FORMS
from tools.demo_model.colours import RGB
from tools.demo_model.pictures.background import draw_background
from tools.demo_model.pictures.canvas import Box, Canvas
from tools.demo_model.pictures.form import choose_coat, draw_form
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.pictures.scene import Item, SceneFacts, choose_counts, label_groups, places
from tools.demo_model.pictures.theme import page_size

_PLURALS = {"hexagon": "hexagons", "cross": "crosses"}


def draw_shape_scene(rng: Random, *, is_held_out: bool) -> Picture[SceneFacts]:
    # The squash must leave a square apart from a rectangle.
    size = page_size(rng, least=0.75, most=1.34)
    image, ground, background = draw_background(rng, size, is_held_out=is_held_out)
    canvas = Canvas(image)
    looks = _looks(rng, ground)
    rng.shuffle(looks)
    coat = choose_coat(rng, ground)
    boxes = places(rng, len(looks), size, rng.choice(((0.08, 0.22), (0.13, 0.38), (0.13, 0.38))))
    # Of one colour all are mostly of one shade.
    shades = {colour: colours.shade_on(rng, colour, ground) for _, colour in looks}
    is_even = rng.random() < 0.8
    items = []
    for (form, colour), box in zip(looks, boxes, strict=True):
        shade = shades[colour] if is_even else colours.shade_on(rng, colour, ground)
        draw_form(rng, canvas, form, colour, box, shade, coat)
        items.append(item_in(canvas, box, form, plural_form(form), colour))
    label_groups(canvas, items, boxes)
    pixels, labels = canvas.finish(rng)
    facts = SceneFacts(subject="shapes", items=tuple(items), background=background)
    return Picture(pixels=pixels, labels=labels, facts=facts)


def item_in(canvas: Canvas, box: Box, name: str, plural: str, colour: str) -> Item:
    return Item(
        name=name,
        plural=plural,
        colour=colour,
        x=(box[0] + box[2]) / 2 / canvas.width,
        y=(box[1] + box[3]) / 2 / canvas.height,
        size=(box[2] - box[0]) / canvas.width,
    )


def plural_form(form: str) -> str:
    return _PLURALS.get(form, f"{form}s")


def _looks(rng: Random, ground: RGB) -> list[tuple[str, str]]:
    """Form and colour of every item; those of one kind share the form, mostly the colour."""
    counts = choose_counts(rng)
    forms = rng.sample(FORMS, len(counts))
    if rng.random() < 0.15:
        forms = [forms[0]] * len(counts)
    names = colours.names_on(ground, rng, len(counts))
    if rng.random() < 0.15:
        names = [names[0]] * len(counts) if len(set(forms)) > 1 else names
    looks = []
    for form, colour, count in zip(forms, names, counts, strict=True):
        is_mixed = count > 1 and rng.random() < 0.25
        many = colours.names_on(ground, rng, count) if is_mixed else [colour] * count
        looks += [(form, one) for one in many]
    return looks
