"""Small files of every format of images and videos, and mutations of their bytes."""

import io
import random
import struct
from collections.abc import Iterator

import av
import numpy as np
from PIL import Image

from tests.e2e.support.images import encoded, image_file

_SIZE = (12, 10)
# What a number in a header may claim.
_CLAIMS = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def image_files() -> dict[str, bytes]:
    """By name: each format as it is commonly written, and its rarer ways to hold an image."""
    photo = Image.open(io.BytesIO(image_file(1, _SIZE)))
    frames = [Image.open(io.BytesIO(image_file(number, _SIZE))) for number in range(3)]
    return {
        "PNG": encoded(photo),
        "PNG of a palette": encoded(photo.convert("P")),
        "PNG of 16 bits": encoded(Image.fromarray(np.arange(120, dtype=np.uint16).reshape(10, 12))),
        "JPEG": encoded(photo, "JPEG"),
        "progressive JPEG": _saved(photo, "JPEG", progressive=True),
        "JPEG of CMYK": encoded(photo.convert("CMYK"), "JPEG"),
        "GIF": encoded(photo.convert("P"), "GIF"),
        "animated GIF": _saved(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "WebP": encoded(photo, "WEBP"),
        "lossless WebP": _saved(photo, "WEBP", lossless=True),
        "animated WebP": _saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
    }


def video_file(kind: str = "mp4") -> bytes:
    """Eight frames of a few pixels."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream = container.add_stream("mpeg4" if kind == "mp4" else "libvpx", rate=4)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for number in range(8):
            pixels = np.full((32, 32, 3), 30 * number, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return file.getvalue()


def mutations(file: bytes, dice: random.Random) -> Iterator[bytes]:
    """One after the other: a cut, a changed byte, a changed number, a piece twice or taken out."""
    while True:
        start = dice.randrange(len(file))
        length = dice.randrange(1, 64)
        claim = dice.choice(_CLAIMS)
        number = struct.pack(dice.choice("<>") + ("H" if claim <= 0xFFFF else "I"), claim)
        yield file[:start]
        yield _overwritten(file, start, bytes((dice.randrange(256),)))
        yield _overwritten(file, start, number)
        yield file[:start] + file[start : start + length] * 2 + file[start + length :]
        yield file[:start] + file[start + length :]


def every_byte_changed(file: bytes) -> Iterator[bytes]:
    """Each byte with its lowest and its highest bit turned."""
    for start, byte in enumerate(file):
        for bit in (0x01, 0x80):
            yield _overwritten(file, start, bytes((byte ^ bit,)))


def _overwritten(file: bytes, start: int, piece: bytes) -> bytes:
    return (file[:start] + piece + file[start + len(piece) :])[: len(file)]


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
