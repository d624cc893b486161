"""Images to send, no two alike, and the URLs that carry them."""

import base64
import io
import random

from PIL import Image, ImageDraw

Size = tuple[int, int]


def image_file(seed: int, size: Size = (64, 64), kind: str = "PNG") -> bytes:
    """A file with a few shapes; another seed gives another image."""
    dice = random.Random(seed)
    canvas = Image.new("RGB", size, _colour(dice))
    draw = ImageDraw.Draw(canvas)
    for _ in range(4):
        xs = sorted(dice.randrange(size[0]) for _ in range(2))
        ys = sorted(dice.randrange(size[1]) for _ in range(2))
        draw.ellipse((xs[0], ys[0], xs[1], ys[1]), fill=_colour(dice))
    return encoded(canvas, kind)


def blank(size: Size, colour: str = "white") -> bytes:
    return encoded(Image.new("RGB", size, colour))


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def data_url(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _colour(dice: random.Random) -> tuple[int, int, int]:
    return dice.randrange(256), dice.randrange(256), dice.randrange(256)
