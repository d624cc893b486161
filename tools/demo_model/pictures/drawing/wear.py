"""Slight damage, as pictures get on their way: recompression, noise, blur, other brightness."""

import functools
import io
from random import Random

import numpy as np
from PIL import Image, ImageFilter

_FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
_STRENGTHS = (2.0, 4.0, 7.0, 11.0)
_NOISE_SIDE = 1536  # more than any page measures


def wear(rng: Random, pixels: np.ndarray) -> np.ndarray:
    """The pixels uint8 [512, 512, 3], with slight damage now and then."""
    image = Image.fromarray(pixels)
    if rng.random() < 0.2:
        image = _in_other_light(rng, image)
    roll = rng.random()
    if roll < 0.05:
        image = image.filter(ImageFilter.BoxBlur(rng.uniform(0.3, 0.6)))
    elif roll < 0.08:
        sharpen = ImageFilter.UnsharpMask(radius=1, percent=rng.randint(60, 160), threshold=0)
        image = image.filter(sharpen)
    elif roll < 0.13:
        image = _resampled(rng, image)
    if rng.random() < 0.12:
        image = _recompressed(rng, image)
    pixels = np.asarray(image)
    return grain(rng, pixels) if rng.random() < 0.12 else pixels


def grain(rng: Random, pixels: np.ndarray) -> np.ndarray:
    """The pixels with noise, the same in all three colors."""
    height, width, _ = pixels.shape
    strength = rng.choice(_STRENGTHS)
    row, column = rng.randrange(_NOISE_SIDE - height), rng.randrange(_NOISE_SIDE - width)
    noise = _noise(strength)[row : row + height, column : column + width, None]
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def _in_other_light(rng: Random, image: Image.Image) -> Image.Image:
    contrast, brightness = rng.uniform(0.9, 1.06), rng.uniform(-8, 8)
    levels = (np.arange(256) - 128) * contrast + 128 + brightness
    tables = np.concatenate([levels + rng.uniform(-4, 4) for _ in range(3)])
    return image.point(np.clip(tables, 0, 255).astype(int).tolist())


def _resampled(rng: Random, image: Image.Image) -> Image.Image:
    """Made smaller and large again, as a picture out of a document was."""
    part = rng.uniform(0.6, 0.9)
    smaller = round(image.width * part), round(image.height * part)
    return image.resize(smaller, rng.choice(_FILTERS)).resize(image.size, rng.choice(_FILTERS))


def _recompressed(rng: Random, image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=rng.randint(35, 90))
    return Image.open(file).convert("RGB")


@functools.cache
def _noise(strength: float) -> np.ndarray:
    generator = np.random.default_rng(_STRENGTHS.index(strength))
    return generator.normal(0, strength, (_NOISE_SIDE, _NOISE_SIDE)).astype(np.int16)
