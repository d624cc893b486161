"""Decodes images to pixels: JPEG, PNG, WebP and GIF, told by their first bytes and never by a name.

Decoders get a file stripped of everything but its pixels, and only once its size is known and
admitted. Their own error texts are not passed on, since they may hold memory addresses.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image

from inference_server.errors import InvalidArgument
from inference_server.media.decoded import DecodedImage
from inference_server.media.formats import gif, jpeg, png, webp
from inference_server.media.formats.exif import upright_turn
from inference_server.media.formats.file_kind import file_kind
from inference_server.media.formats.size_limit import SizeLimit
from inference_server.media.work import TooSlow, Work


class _Format(NamedTuple):
    """A format: whether a file is one, its size by its header, and how it is opened."""

    is_one: Callable[[bytes], bool]
    size: Callable[[bytes], tuple[int, int]]
    open: Callable[[bytes, SizeLimit, Work], Image.Image]


_FORMATS = (
    _Format(lambda data: data.startswith(jpeg.SIGNATURE), jpeg.jpeg_size, jpeg.open_jpeg),
    _Format(lambda data: data.startswith(png.SIGNATURE), png.png_size, png.open_png),
    _Format(lambda data: data.startswith(gif.SIGNATURES), gif.gif_size, gif.open_gif),
    _Format(webp.is_webp, webp.webp_size, webp.open_webp),
)

_BROKEN = "The image is broken or cut off."

# The errors that the decoders raise for bytes they cannot read.
_BAD_FILE = (
    AssertionError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)


def image_size(data: bytes, *, max_pixels: int, field: str) -> tuple[int, int]:
    """Width and height as stored, from the header alone: nothing is decoded.

    Raises InvalidArgument with `field` if they are too large, or for another format.
    """
    limit = SizeLimit(max_pixels=max_pixels, field=field)
    try:
        size = _format(data, field).size(data)
    except _BAD_FILE:
        size = None
    if size is None or not min(size):
        raise InvalidArgument(_BROKEN, field=field)
    limit.check(size)
    return size


def decode_image(
    data: bytes, *, max_pixels: int, field: str, work: Work | None = None
) -> DecodedImage:
    """Decodes an image, of an animation the first: upright, in RGB, on white.

    Raises InvalidArgument with `field` if the file is too large, too slow to decode, broken or of
    another format, and GivenUp if another thread ends the `work`.
    """
    size = image_size(data, max_pixels=max_pixels, field=field)
    limit = SizeLimit(max_pixels=max_pixels, field=field)
    try:
        return DecodedImage(pixels=_pixels(data, size, limit, work or Work()))
    except Image.DecompressionBombError:
        text = "The image has more pixels than its decoder takes."
    except TooSlow:
        text = "The image takes too long to decode."
    except _BAD_FILE:
        text = _BROKEN
    raise InvalidArgument(text, field=field)


def _format(data: bytes, field: str) -> _Format:
    for file_format in _FORMATS:
        if file_format.is_one(data):
            return file_format
    kind = file_kind(data)
    is_kind = f"is {kind}," if kind else "is"
    raise InvalidArgument(f"The image {is_kind} not a JPEG, PNG, WebP or GIF file.", field=field)


def _pixels(data: bytes, size: tuple[int, int], limit: SizeLimit, work: Work) -> np.ndarray:
    """Decodes an image that has been admitted with this size, and must not become larger."""
    work.begin()
    image = _format(data, limit.field).open(data, limit, work)
    if image.size != size:
        raise ValueError("two sizes")
    turn = upright_turn(image.info)
    flat = _flat(image)
    work.check()
    return np.array(flat if turn is None else flat.transpose(turn))


def _flat(image: Image.Image) -> Image.Image:
    """Decodes to RGB. Transparent pixels lie on white."""
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    colors = image.convert("RGBA")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(colors, mask=colors.getchannel("A"))
    return canvas
