"""Applies the color that a PNG file names as transparent, at the depth at which it is named.

Pillow compares it with samples that are already scaled to 8 bits.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

# The factor from samples of 2 or 4 bits to 8 bits.
_SCALES = {"L;2": 85, "L;4": 17}


def with_alpha(file: PngImageFile, again: Callable[[], PngImageFile]) -> Image.Image:
    """The image with at most 8 bits a sample; an image of 16 bits with a color key has alpha.

    `again` opens the file once more.
    """
    key, rawmode = file.info.pop("transparency", None), _rawmode(file)
    if rawmode == "I;16B":
        samples = np.asarray(file)
        gray = Image.fromarray((samples >> 8).astype(np.uint8))
        return gray if key is None else _merged(gray, samples == key)
    if key is None:
        return file
    if rawmode == "RGB;16B":
        return _merged(file, _is_color(file, again(), key))
    file.info["transparency"] = _in_8_bits(key, _SCALES.get(rawmode, 1))
    return file


def _rawmode(file: PngImageFile) -> str:
    """How samples are stored: Pillow's name of it."""
    return str(file.tile[0].args) if file.tile else ""


def _in_8_bits(key: int | bytes | tuple[int, ...], scale: int) -> int | bytes | tuple[int, ...]:
    """The key's upper bits do not count where samples have fewer than 16."""
    if isinstance(key, bytes):
        return key
    if isinstance(key, int):
        return (key & 0xFF // scale) * scale
    return tuple(sample & 0xFF for sample in key)


def _is_color(file: PngImageFile, low: PngImageFile, key: tuple[int, int, int]) -> np.ndarray:
    """Whether each pixel [height, width] has the color. The low bytes are decoded apart."""
    low.tile = [tile._replace(args="RGB;16L") for tile in low.tile]
    color = np.array(key)
    is_high = (np.asarray(file) == color >> 8).all(axis=-1)
    return is_high & (np.asarray(low) == color & 0xFF).all(axis=-1)


def _merged(image: Image.Image, is_transparent: np.ndarray) -> Image.Image:
    alpha = Image.fromarray(np.where(is_transparent, 0, 255).astype(np.uint8))
    return Image.merge(f"{image.mode}A", (*image.split(), alpha))
