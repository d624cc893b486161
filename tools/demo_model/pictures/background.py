"""Grounds for scenes: plain, shaded, striped or grainy."""

from random import Random

import numpy as np
from PIL import Image, ImageDraw

from tools.demo_model import colours
from tools.demo_model.colours import GROUNDS, RGB
from tools.demo_model.pictures.wear import grain

_LIGHT = [name for name in GROUNDS if sum(GROUNDS[name]) > 380]
_DARK = [name for name in GROUNDS if sum(GROUNDS[name]) <= 380]


def draw_background(
    rng: Random, size: tuple[int, int], *, is_held_out: bool
) -> tuple[Image.Image, RGB, str]:
    """The ground, its mean colour, and its name, which only a plain ground has."""
    tones = _LIGHT if rng.random() < 0.75 else _DARK
    name = "white" if rng.random() < 0.3 else rng.choice(tones)
    if name == "white":
        tones = _LIGHT
    one, other = colours.ground(rng, name), colours.ground(rng, rng.choice(tones))
    middle = _mixed(one, other, 0.5)
    # Stripes that lean are for the evaluation.
    kind = rng.choices(("plain", "shaded", "striped", "grainy"), (14, 3, 2, 2))[0]
    if kind == "shaded":
        return _shaded(size, one, other, is_upright=rng.random() < 0.5), middle, ""
    if kind == "striped":
        return _striped(rng, size, one, _mixed(one, other, 0.6), is_held_out), middle, ""
    if kind == "grainy":
        pixels = np.full((size[1], size[0], 3), one, dtype=np.int16)
        return Image.fromarray(grain(rng, pixels)), one, name
    return Image.new("RGB", size, one), one, name


def _shaded(size: tuple[int, int], one: RGB, other: RGB, *, is_upright: bool) -> Image.Image:
    width, height = size
    part = np.linspace(0, 1, height if is_upright else width)[:, None]
    ramp = (np.array(one) * (1 - part) + np.array(other) * part).astype(np.uint8)
    ramp = ramp[:, None] if is_upright else ramp[None]
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(ramp, (height, width, 3))))


def _striped(
    rng: Random, size: tuple[int, int], one: RGB, other: RGB, is_leaning: bool
) -> Image.Image:
    image = Image.new("RGB", size, one)
    draw = ImageDraw.Draw(image)
    width, height = size
    step = rng.randint(24, 80)
    lean = height if is_leaning else 0
    is_flat = not is_leaning and rng.random() < 0.5
    for start in range(-lean, height if is_flat else width, step):
        end = start + step // 2
        if is_flat:
            draw.rectangle((0, start, width, end), other)
        else:
            draw.polygon(
                ((start, 0), (end, 0), (end + lean, height), (start + lean, height)), other
            )
    return image


def _mixed(one: RGB, other: RGB, part: float) -> RGB:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue
