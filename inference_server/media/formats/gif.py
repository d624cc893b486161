"""Opens a GIF file, stripped to its first image.

Comments, extensions and further images never reach the decoder.
"""

import re
from collections.abc import Iterator

from PIL.GifImagePlugin import GifImageFile

from inference_server.media.formats.size_limit import SizeLimit
from inference_server.media.work import Work

SIGNATURES = (b"GIF87a", b"GIF89a")

_HEADER_BYTES, _DESCRIPTOR_BYTES = 13, 10
_IMAGE, _EXTENSION, _GRAPHIC_CONTROL = b",", b"!", 0xF9
_BLOCK = re.compile(rb"[,!;]")
# Encoders fill blocks of 255 bytes; this bounds the number of smaller ones.
_MAX_BLOCKS, _MIN_MEAN_BYTES = 4096, 16
# A code of 12 bits stands for at most so many pixels; shorter codes stand for fewer a bit.
_MAX_PIXELS_PER_BYTE = 4096 * 8 // 12


def gif_size(data: bytes) -> tuple[int, int]:
    """Width and height of the logical screen. Raises ValueError if there is no image."""
    *_, (start, _) = _blocks(data)
    return _screen(data, start)


def open_gif(data: bytes, limit: SizeLimit, work: Work) -> GifImageFile:
    """Opens without decoding. Raises ValueError if there is no image, or only a part of it."""
    *others, (start, end) = _blocks(data)
    limit.check(_screen(data, start))
    _, _, width, height = _place(data, start)
    if width * height > (end - start) * _MAX_PIXELS_PER_BYTE:
        raise ValueError("pixels are missing")
    controls = [
        _control(data[start:end]) for start, end in others if data[start + 1] == _GRAPHIC_CONTROL
    ]
    header = data[: _HEADER_BYTES + _palette_bytes(data[10])]
    return GifImageFile(work.file(b"".join([header, *controls, data[start:end]])))


def _blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """Yields start and end of each extension before the first image, and last of this image."""
    start = _HEADER_BYTES + _palette_bytes(data[10])
    for _ in range(_MAX_BLOCKS):
        match = _BLOCK.search(data, start)
        if not match or match[0] == b";":
            break
        start = match.start()
        if match[0] == _IMAGE:
            yield start, _image_end(data, start)
            return
        end = _blocks_end(data, start + 2)
        yield start, end
        start = end
    raise ValueError("no image")


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _screen(data: bytes, start: int) -> tuple[int, int]:
    """Width and height of the logical screen, which grows with an image that reaches over it."""
    left, top, width, height = _place(data, start)
    screen = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return max(screen[0], left + width), max(screen[1], top + height)


def _place(data: bytes, start: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of an image, from its descriptor."""
    left, top, width, height = (
        int.from_bytes(data[place : place + 2], "little")
        for place in range(start + 1, start + 9, 2)
    )
    return left, top, width, height


def _image_end(data: bytes, start: int) -> int:
    flags = data[start + _DESCRIPTOR_BYTES - 1]
    return _blocks_end(data, start + _DESCRIPTOR_BYTES + _palette_bytes(flags) + 1)


def _blocks_end(data: bytes, start: int) -> int:
    """The end of a list of blocks, each after its length; a length of zero ends it."""
    for _ in range(_MAX_BLOCKS + len(data) // _MIN_MEAN_BYTES):
        if start >= len(data) or not (length := data[start]):
            return start + 1
        start += 1 + length
    raise ValueError("too many blocks")


def _control(extension: bytes) -> bytes:
    """The extension that names a transparent color; how the image is disposed of has no effect."""
    return extension[:3] + bytes([extension[3] & 1]) + extension[4:]
