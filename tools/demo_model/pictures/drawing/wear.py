"""What happens to pictures on their way: recompression, noise, blur, other brightness."""

import functools
import io
from random import Random

import numpy as np
from PIL import Image, ImageFilter


def wear(rng: Random, pixels: np.ndarray) -> np.ndarray:
    """The pixels uint8 [512, 512, 3], with slight damage now and then."""
    if rng.random() < 0.2:
        pixels = _in_other_light(rng, pixels)
    roll = rng.random()
    if roll < 0.05:
        pixels = _blurred(rng, pixels)
    elif roll < 0.08:
        pixels = _sharpened(rng, pixels)
    elif roll < 0.13:
        pixels = _resampled(rng, pixels)
    if rng.random() < 0.12:
        pixels = _recompressed(rng, pixels)
    return grain(rng, pixels) if rng.random() < 0.12 else pixels


def grain(rng: Random, pixels: np.ndarray) -> np.ndarray:
    """The pixels with noise, the same in all three colours."""
    height, width, _ = pixels.shape
    strength = rng.randrange(len(_STRENGTHS))
    row, column = rng.randrange(_NOISE_SIDE - height), rng.randrange(_NOISE_SIDE - width)
    noise = _noise(strength)[row : row + height, column : column + width, None]
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def _in_other_light(rng: Random, pixels: np.ndarray) -> np.ndarray:
    contrast, brightness = rng.uniform(0.9, 1.06), rng.uniform(-8, 8)
    levels = (np.arange(256) - 128) * contrast + 128
    table: list[int] = []
    for _ in range(3):
        shifted = levels + brightness + rng.uniform(-4, 4)
        table += np.clip(shifted, 0, 255).astype(int).tolist()
    return np.asarray(Image.fromarray(pixels).point(table))


def _blurred(rng: Random, pixels: np.ndarray) -> np.ndarray:
    blur = ImageFilter.BoxBlur(rng.uniform(0.3, 0.6))
    return np.asarray(Image.fromarray(pixels).filter(blur))


def _sharpened(rng: Random, pixels: np.ndarray) -> np.ndarray:
    sharpen = ImageFilter.UnsharpMask(radius=1, percent=rng.randint(60, 160), threshold=0)
    return np.asarray(Image.fromarray(pixels).filter(sharpen))


def _resampled(rng: Random, pixels: np.ndarray) -> np.ndarray:
    """Made smaller and large again, as a picture out of a document was."""
    image = Image.fromarray(pixels)
    part = rng.uniform(0.6, 0.9)
    smaller = round(image.width * part), round(image.height * part)
    return np.asarray(
        image.resize(smaller, rng.choice(_FILTERS)).resize(image.size, rng.choice(_FILTERS))
    )


def _recompressed(rng: Random, pixels: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=rng.randint(35, 90))
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


_FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
_STRENGTHS = (2.0, 4.0, 7.0, 11.0)
_NOISE_SIDE = 1536  # more than any page measures


@functools.cache
def _noise(strength: int) -> np.ndarray:
    generator = np.random.default_rng(strength)
    return generator.normal(0, _STRENGTHS[strength], (_NOISE_SIDE, _NOISE_SIDE)).astype(np.int16)
