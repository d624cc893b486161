"""Grounds for scenes: plain, shaded, striped or grainy."""

from random import Random

import numpy as np
from PIL import Image, ImageDraw

from tools.demo_model.catalog import colors
from tools.demo_model.catalog.colors import GROUNDS, RGB, mixed
from tools.demo_model.pictures.drawing.ramp import ramp
from tools.demo_model.pictures.drawing.wear import grain

_LIGHT = [name for name, color in GROUNDS.items() if sum(color) > 380]
_DARK = [name for name in GROUNDS if name not in _LIGHT]


def draw_background(
    rng: Random, size: tuple[int, int], *, is_held_out: bool
) -> tuple[Image.Image, RGB, str]:
    """The ground, its mean color, and its name, which only a plain ground has."""
    tones = _LIGHT if rng.random() < 0.75 else _DARK
    name = "white" if rng.random() < 0.3 else rng.choice(tones)
    if name == "white":
        tones = _LIGHT
    one, other = colors.ground(rng, name), colors.ground(rng, rng.choice(tones))
    middle = mixed(one, other, 0.5)
    kind = rng.choices(("plain", "shaded", "striped", "grainy"), (14, 3, 2, 2))[0]
    if kind == "shaded":
        return ramp(one, size, other=other, is_upright=rng.random() < 0.5), middle, ""
    image = Image.new("RGB", size, one)
    if kind == "striped":
        # Stripes that lean are for the evaluation.
        _draw_stripes(rng, image, mixed(one, other, 0.6), is_leaning=is_held_out)
        return image, middle, ""
    if kind == "grainy":
        image = Image.fromarray(grain(rng, np.asarray(image)))
    return image, one, name


def _draw_stripes(rng: Random, image: Image.Image, color: RGB, *, is_leaning: bool) -> None:
    draw, (width, height) = ImageDraw.Draw(image), image.size
    step = rng.randint(24, 80)
    lean = height if is_leaning else 0
    is_flat = not is_leaning and rng.random() < 0.5
    for start in range(-lean, height if is_flat else width, step):
        end = start + step // 2
        if is_flat:
            draw.rectangle((0, start, width, end), color)
        else:
            corners = ((start, 0), (end, 0), (end + lean, height), (start + lean, height))
            draw.polygon(corners, color)
