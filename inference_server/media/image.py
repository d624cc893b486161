"""Decodes images to pixels: JPEG, PNG, WebP and GIF, told by their first bytes and never by a name.

Decoders get a file stripped of everything but its pixels, and only once its size is known. Their
own error texts are not passed on, since they may hold memory addresses.
"""

import struct

import numpy as np
from PIL import Image

from inference_server.errors import InvalidArgument
from inference_server.media.decoded import DecodedImage
from inference_server.media.formats import gif, jpeg, png, webp
from inference_server.media.formats.exif import upright_turn
from inference_server.media.formats.file_kind import file_kind
from inference_server.media.formats.size_limit import SizeLimit

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


def decode_image(data: bytes, *, max_pixels: int, field: str) -> DecodedImage:
    """Decodes an image, of an animation the first: upright, in RGB, on white.

    Raises InvalidArgument with `field` if the file is too large, broken or of another format.
    """
    limit = SizeLimit(max_pixels=max_pixels, field=field)
    try:
        image = _open(data, limit)
        turn = upright_turn(image.info)
        flat = _flat(image)
        return DecodedImage(pixels=np.array(flat if turn is None else flat.transpose(turn)))
    except Image.DecompressionBombError:
        raise InvalidArgument(
            "The image has more pixels than its decoder takes.", field=field
        ) from None
    except _BAD_FILE:
        raise InvalidArgument("The image is broken or cut off.", field=field) from None


def _open(data: bytes, limit: SizeLimit) -> Image.Image:
    """Opens the image, its size checked."""
    if data.startswith(jpeg.SIGNATURE):
        return jpeg.open_jpeg(data, limit)
    if data.startswith(png.SIGNATURE):
        return png.open_png(data, limit)
    if data.startswith(gif.SIGNATURES):
        return gif.open_gif(data, limit)
    if data.startswith(webp.SIGNATURE) and data[8:12] == webp.KIND:
        return webp.open_webp(data, limit)
    kind = file_kind(data)
    is_kind = f"is {kind}," if kind else "is"
    raise InvalidArgument(
        f"The image {is_kind} not a JPEG, PNG, WebP or GIF file.", field=limit.field
    )


def _flat(image: Image.Image) -> Image.Image:
    """Decodes to RGB. Transparent pixels lie on white."""
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    colors = image.convert("RGBA")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(colors, mask=colors.getchannel("A"))
    return canvas
