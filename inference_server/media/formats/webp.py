"""Opens a WebP file, once the size that it states is checked."""

from PIL.WebPImagePlugin import WebPImageFile

from inference_server.media.formats.size_limit import SizeLimit
from inference_server.media.work import Work


def is_webp(data: bytes) -> bool:
    return data.startswith(b"RIFF") and data[8:12] == b"WEBP"


def open_webp(data: bytes, limit: SizeLimit, work: Work) -> WebPImageFile:
    """Opens without decoding, metadata in `info`."""
    limit.check(webp_size(data))
    # Chunks have an even length; some files lack the byte that makes the last one even.
    return WebPImageFile(work.file(data + bytes(len(data) % 2)))


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from the header of a WebP file. Raises ValueError for another header."""
    kind, body = data[12:16], data[20:]
    if kind == b"VP8X":
        return 1 + _number(body[4:7]), 1 + _number(body[7:10])
    if kind == b"VP8L":
        bits = _number(body[1:5])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return _number(body[6:8]) & 0x3FFF, _number(body[8:10]) & 0x3FFF
    raise ValueError("no WebP header")


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")
