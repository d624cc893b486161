"""Decodes images to pixels: JPEG, PNG and WebP, told by their first bytes and never by a name.

Decoders get a file stripped of everything but its pixels, and only once its size is known. Their
own error texts are not passed on, since they may hold memory addresses.
"""

import io
import struct

import numpy as np
from PIL import Image, ImageFile
from PIL.Image import Transpose
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from inference_server.errors import InvalidArgument
from inference_server.media import jpeg, png
from inference_server.media.decoded import DecodedImage
from inference_server.media.exif import orientation
from inference_server.media.webp import webp_size

# The errors that the three decoders raise for bytes they cannot read.
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

_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def decode_image(data: bytes, *, max_pixels: int, field: str) -> DecodedImage:
    """Decodes an image, of an animation the first: upright, in RGB, on white.

    Raises InvalidArgument with `field` if the file is too large, broken or of another format.
    """
    try:
        image, exif = _open(data, max_pixels=max_pixels, field=field)
        _check_size(image.size, max_pixels=max_pixels, field=field)
        turn = _UPRIGHT.get(orientation(exif))
        flat = _flat(image)
        return DecodedImage(pixels=np.array(flat if turn is None else flat.transpose(turn)))
    except _BAD_FILE:
        raise InvalidArgument("The image is broken or cut off.", field=field) from None


def _open(data: bytes, *, max_pixels: int, field: str) -> tuple[ImageFile.ImageFile, bytes]:
    """Opens the image without decoding it. Gives its Exif block too."""
    if data.startswith(jpeg.SIGNATURE):
        bare, exif = jpeg.bare_jpeg(data)
        return JpegImageFile(io.BytesIO(bare)), exif
    if data.startswith(png.SIGNATURE):
        bare, exif = png.bare_png(data)
        return PngImageFile(io.BytesIO(bare)), exif
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        _check_size(webp_size(data), max_pixels=max_pixels, field=field)
        image = WebPImageFile(io.BytesIO(data))
        return image, image.info.get("exif", b"")
    raise InvalidArgument("The image is not a JPEG, PNG or WebP file.", field=field)


def _check_size(size: tuple[int, int], *, max_pixels: int, field: str) -> None:
    width, height = size
    if width * height > max_pixels:
        raise InvalidArgument(
            f"The image has {width} x {height} pixels; at most {max_pixels} are allowed.",
            field=field,
        )


def _flat(image: Image.Image) -> Image.Image:
    """Decodes to RGB: 16-bit gray loses its low byte, transparent pixels lie on white."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    colors = image.convert("RGBA")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(colors, mask=colors.getchannel("A"))
    return canvas
