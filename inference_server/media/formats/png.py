"""Opens a PNG file, stripped to the chunks that its decoder needs.

Of texts and profiles, which may unpack to any size, only those that may hold an orientation are
read, up to a limit. Animations never reach the decoder.
"""

import io
import struct
from collections.abc import Iterator
from typing import Any

from PIL.Image import Image
from PIL.PngImagePlugin import PngImageFile, PngStream

from inference_server.media.formats.png_color_key import with_alpha
from inference_server.media.formats.size_limit import SizeLimit
from inference_server.media.work import Work

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_TEXT_KEYS = frozenset({b"exif", b"Raw profile type exif", b"XML:com.adobe.xmp"})
_MAX_KEY_BYTES = 79
# Pillow unpacks 1 MiB of each at most.
_MAX_METADATA_CHUNKS, _MAX_METADATA_BYTES = 16, 1 << 20
# Pixels come in chunks of some KiB, however many; this bounds the number of others.
_MAX_CHUNKS, _MIN_MEAN_BYTES = 4096, 1024
_HEADER_BYTES = 25
_SAMPLES = {2: 3, 4: 2, 6: 4}
# A byte of deflate holds at most four codes of the longest match, 258 bytes each.
_MAX_EXPANSION = 1032


def png_size(data: bytes) -> tuple[int, int]:
    """Width and height from the header. Raises ValueError if there is none."""
    header = next((chunk for kind, chunk in _chunks(data) if kind == b"IHDR"), b"")
    if len(header) < _HEADER_BYTES:
        raise ValueError("no PNG header")
    return int.from_bytes(header[8:12], "big"), int.from_bytes(header[12:16], "big")


def open_png(data: bytes, limit: SizeLimit, work: Work) -> Image:
    """Opens an image of at most 8 bits a sample, metadata in `info`. Decodes only deeper ones."""
    chunks = list(_chunks(data))
    kept = b"".join([SIGNATURE, *(chunk for kind, chunk in chunks if kind in _KEPT)])
    file = PngImageFile(work.file(kept))
    limit.check(file.size)
    _check_bytes(chunks)
    image = with_alpha(file, lambda: PngImageFile(work.file(kept)))
    image.info |= _metadata([chunk for kind, chunk in chunks if _is_metadata(kind, chunk)])
    return image


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields kind and bytes of each chunk. Raises ValueError for too many."""
    start = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS + len(data) // _MIN_MEAN_BYTES):
        kind = data[start + 4 : start + 8]
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        yield kind, data[start:end]
        if kind == b"IEND" or end >= len(data):
            return
        start = end
    raise ValueError("too many chunks")


def _check_bytes(chunks: list[tuple[bytes, bytes]]) -> None:
    """Raises ValueError if the pixels cannot be in the file, however well they are packed."""
    num_bytes = sum(len(chunk) for kind, chunk in chunks if kind == b"IDAT")
    for kind, chunk in chunks:
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack_from(">IIBB", chunk, 8)
            num_bits = width * height * depth * _SAMPLES.get(color, 1)
            if num_bits > num_bytes * _MAX_EXPANSION * 8:
                raise ValueError("pixels are missing")


def _is_metadata(kind: bytes, chunk: bytes) -> bool:
    if len(chunk) > _MAX_METADATA_BYTES:
        return False
    key = chunk[8 : 8 + _MAX_KEY_BYTES + 1].partition(b"\0")[0]
    return kind == b"eXIf" or (kind in _TEXTS and key in _TEXT_KEYS)


def _metadata(chunks: list[bytes]) -> dict[Any, Any]:
    """The metadata that Pillow reads here, the last of a kind. Broken chunks are passed over."""
    stream = PngStream(io.BytesIO())
    for chunk in chunks[-_MAX_METADATA_CHUNKS:]:
        stream.fp = io.BytesIO(chunk)
        try:
            stream.call(*stream.read())
        except (OSError, SyntaxError, ValueError, struct.error):
            continue
    return stream.im_info
