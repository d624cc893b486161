"""Strips a JPEG file to what its decoder needs.

Metadata, embedded thumbnails and anything after the end never reach the decoder. A file that would
keep it busy for hours is recognized by its number of scans.
"""

import re
from collections.abc import Iterator

SIGNATURE = b"\xff\xd8\xff"

# A progressive image usually has ten; each costs a pass over all of its pixels.
_MAX_SCANS = 64

_END_OF_IMAGE, _START_OF_SCAN, _EXIF = 0xD9, 0xDA, 0xE1
# Frames and tables, scans, and the segments of JFIF and Adobe, which define the colors.
_KEPT = frozenset({*range(0xC0, 0xD0), *range(_END_OF_IMAGE, 0xDE), 0xE0, 0xEE})
# A segment's marker. In coded data, 0xFF is followed by a stuffed zero or a restart instead.
_MARKER = re.compile(rb"\xff([^\x00\x01\xff\xd0-\xd8])")


def bare_jpeg(data: bytes) -> tuple[bytes, bytes]:
    """The file without metadata, and its Exif block. Raises ValueError for too many scans."""
    kept, exif, num_scans = [data[:2]], b"", 0
    for marker, segment, coded in _segments(data):
        if marker in _KEPT:
            kept.append(segment)
        if marker == _START_OF_SCAN:
            kept.append(coded)
            num_scans += 1
        if marker == _EXIF and not exif:
            exif = segment[4:]
        if num_scans > _MAX_SCANS:
            raise ValueError(f"more than {_MAX_SCANS} scans")
    return b"".join(kept), exif


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yields each marker, its segment and the bytes up to the next one, to the image's end."""
    match = _MARKER.search(data, 2)
    while match:
        marker, start, end = data[match.start() + 1], match.start(), match.end()
        if marker == _END_OF_IMAGE:
            yield marker, data[start:end], b""
            return
        end += max(int.from_bytes(data[end : end + 2], "big"), 2)
        match = _MARKER.search(data, end)
        yield marker, data[start:end], data[end : match.start() if match else None]
