"""Reads from an image's metadata which way is up, as Pillow's exif_transpose does."""

import struct
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image
from PIL.Image import Transpose

# What Pillow's readers call the places of an orientation, in the order in which it asks them.
_PLACES = ("exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp")
# Pillow takes milliseconds for a thousand entries. A JPEG segment holds as much; a raw profile is
# in hexadecimal digits.
_MAX_EXIF = {"exif": 64 * 1024, "Raw profile type exif": 2 * 64 * 1024}

_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def upright_turn(info: Mapping[Any, Any]) -> Transpose | None:
    """The turn that makes an image upright. None if it is, or if its metadata is broken."""
    image = Image.new("1", (1, 1))
    image.info = {place: info[place] for place in _PLACES if place in info}
    for place, max_bytes in _MAX_EXIF.items():
        if place in image.info:
            image.info[place] = image.info[place][:max_bytes]
    try:
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (OSError, SyntaxError, TypeError, ValueError, struct.error):
        return None
