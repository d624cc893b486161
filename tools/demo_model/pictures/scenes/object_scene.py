"""Scenes of named objects, which are emoji."""

import functools
from random import Random

from PIL import Image

from tools.demo_model.catalog import assets
from tools.demo_model.catalog.objects import THINGS, Thing
from tools.demo_model.pictures.drawing.box import Box
from tools.demo_model.pictures.drawing.canvas import Canvas
from tools.demo_model.pictures.drawing.page import page_size
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.scenes.background import draw_background
from tools.demo_model.pictures.scenes.placement import places
from tools.demo_model.pictures.scenes.scene import (
    SceneFacts,
    choose_counts,
    finish_scene,
    item_in,
)


def draw_object_scene(rng: Random, *, is_held_out: bool) -> Picture[SceneFacts]:
    size = page_size(rng)
    image, _, background = draw_background(rng, size, is_held_out=is_held_out)
    canvas = Canvas(image)
    counts = choose_counts(rng)
    things = rng.sample(THINGS, len(counts))
    things = [thing for thing, count in zip(things, counts, strict=True) for _ in range(count)]
    rng.shuffle(things)
    style = choose_style(rng)
    boxes = places(rng, len(things), size, rng.choice(((0.1, 0.25), (0.16, 0.42), (0.16, 0.42))))
    items = []
    for thing, box in zip(things, boxes, strict=True):
        draw_thing(rng, canvas, thing, style, box)
        items.append(item_in(canvas, box, thing.name, thing.plural, ""))
    facts = SceneFacts(subject="objects", items=tuple(items), background=background)
    return finish_scene(rng, canvas, facts, boxes)


def choose_style(rng: Random) -> str:
    return rng.choice(tuple(assets.SPRITE_SETS))


def draw_thing(rng: Random, canvas: Canvas, thing: Thing, style: str, box: Box) -> None:
    """Draws a sprite into the middle of its box, at times mirrored or a little turned."""
    sprite = _sprite(style, thing.code)
    if rng.random() < 0.3:
        sprite = sprite.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.15:
        sprite = sprite.rotate(rng.uniform(-14, 14), Image.Resampling.BILINEAR, expand=True)
    scale = box.width / max(sprite.size)
    width, height = (max(4, round(length * scale)) for length in sprite.size)
    sprite = sprite.resize((width, height), Image.Resampling.BILINEAR)
    left, top = (box.left + box.right - width) / 2, (box.top + box.bottom - height) / 2
    canvas.image.paste(sprite, (round(left), round(top)), sprite)
    inner = Box(left + 0.12 * width, top + 0.12 * height, left + 0.88 * width, top + 0.88 * height)
    canvas.label_box(inner, f"thing {thing.name}")


@functools.cache
def _sprite(style: str, code: str) -> Image.Image:
    with Image.open(assets.SPRITES / style / f"{code}.png") as image:
        return image.convert("RGBA")
