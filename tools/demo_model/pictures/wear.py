"""What happens to pictures on their way: recompression, noise, blur, other brightness."""

import functools
import io
from random import Random

import numpy as np
from PIL import Image, ImageFilter

from tools.demo_model.sample import TILE


def wear(rng: Random, image: Image.Image) -> np.ndarray:
    """The pixels uint8 [512, 512, 3], with slight damage now and then."""
    if rng.random() < 0.2:
        image = _other_light(rng, image)
    if rng.random() < 0.05:
        image = image.filter(ImageFilter.BoxBlur(rng.uniform(0.3, 0.6)))
    if rng.random() < 0.15:
        image = _recompressed(rng, image)
    pixels = np.asarray(image)
    return _with_noise(rng, pixels) if rng.random() < 0.15 else pixels


def _other_light(rng: Random, image: Image.Image) -> Image.Image:
    table: list[int] = []
    contrast, brightness = rng.uniform(0.9, 1.06), rng.uniform(-8, 8)
    for _ in range(3):
        shift = brightness + rng.uniform(-4, 4)
        table += [
            min(255, max(0, round((value - 128) * contrast + 128 + shift))) for value in range(256)
        ]
    return image.point(table)


def _recompressed(rng: Random, image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=rng.randint(35, 90))
    return Image.open(file).convert("RGB")


def _with_noise(rng: Random, pixels: np.ndarray) -> np.ndarray:
    strength = rng.randrange(len(_STRENGTHS))
    row, column = rng.randrange(TILE), rng.randrange(TILE)
    noise = _noise(strength)[row : row + TILE, column : column + TILE, None]
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


_STRENGTHS = (2.0, 4.0, 7.0, 11.0)


@functools.cache
def _noise(strength: int) -> np.ndarray:
    generator = np.random.default_rng(strength)
    return generator.normal(0, _STRENGTHS[strength], (2 * TILE, 2 * TILE)).astype(np.int16)
