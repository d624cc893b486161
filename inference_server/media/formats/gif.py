"""Opens a GIF file, stripped to its first image.

Comments, extensions and further images never reach the decoder.
"""

import io
import re

from PIL.GifImagePlugin import GifImageFile

from inference_server.media.formats.size_limit import SizeLimit

SIGNATURES = (b"GIF87a", b"GIF89a")

_HEADER_BYTES, _DESCRIPTOR_BYTES = 13, 10
_IMAGE, _EXTENSION, _GRAPHIC_CONTROL = b",", b"!", 0xF9
_BLOCK = re.compile(rb"[,!;]")
_MAX_BLOCKS = 4096


def open_gif(data: bytes, limit: SizeLimit) -> GifImageFile:
    """Opens without decoding. Raises ValueError if there is no image."""
    start = _HEADER_BYTES + _palette_bytes(data[10])
    kept = [data[:start]]
    for _ in range(_MAX_BLOCKS):
        match = _BLOCK.search(data, start)
        if not match or match[0] == b";":
            break
        start = match.start()
        if match[0] == _IMAGE:
            limit.check(_canvas(data, start))
            return GifImageFile(
                io.BytesIO(b"".join([*kept, data[start : _image_end(data, start)]]))
            )
        end = _blocks_end(data, start + 2)
        if data[start + 1] == _GRAPHIC_CONTROL:
            kept.append(_control(data[start:end]))
        start = end
    raise ValueError("no image")


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _canvas(data: bytes, start: int) -> tuple[int, int]:
    """Width and height of the logical screen, which grows with an image that reaches over it."""
    left, top, width, height = (
        int.from_bytes(data[place : place + 2], "little")
        for place in range(start + 1, start + 9, 2)
    )
    screen = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return max(screen[0], left + width), max(screen[1], top + height)


def _image_end(data: bytes, start: int) -> int:
    flags = data[start + _DESCRIPTOR_BYTES - 1]
    return _blocks_end(data, start + _DESCRIPTOR_BYTES + _palette_bytes(flags) + 1)


def _blocks_end(data: bytes, start: int) -> int:
    """The end of a list of blocks, each after its length; a length of zero ends it."""
    while start < len(data) and (length := data[start]):
        start += 1 + length
    return start + 1


def _control(extension: bytes) -> bytes:
    """The extension that names a transparent color; how the image is disposed of has no effect."""
    return extension[:3] + bytes([extension[3] & 1]) + extension[4:]
