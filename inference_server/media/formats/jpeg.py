"""Opens a JPEG file, stripped to what its decoder needs.

Metadata, embedded thumbnails and anything after the end never reach the decoder. A file that would
keep it busy for hours is recognized by its number of scans.
"""

import re
from collections.abc import Iterator

from PIL.JpegImagePlugin import JpegImageFile

from inference_server.media.formats.jpeg_end import (
    END_OF_IMAGE,
    FRAMES,
    START_OF_SCAN,
    Segment,
    is_whole,
    opened,
)
from inference_server.media.formats.size_limit import SizeLimit
from inference_server.media.work import Work

SIGNATURE = b"\xff\xd8\xff"

# A progressive image usually has ten; each costs a pass over all of its pixels.
_MAX_SCANS = 64
_MAX_SEGMENTS = 4096
# Huffman codes have a bit at least, and a block of 64 pixels has at least one.
_MAX_PIXELS_PER_BYTE = 8 * 64
_HUFFMAN = frozenset({0xC0, 0xC1, 0xC2})

_APP1 = 0xE1
# Frames and tables, scans, and the segments of JFIF and Adobe, which define the colors.
_KEPT = frozenset({*range(0xC0, 0xD0), START_OF_SCAN, *range(0xDB, 0xDE), 0xE0, 0xEE})
# A segment's marker. In coded data, 0xFF is followed by a stuffed zero or a restart instead.
_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd8]")
# After a scan, the start of another image ends this one.
_LATER_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
_ENDS = frozenset({END_OF_IMAGE, b"\xff\xd8"})

_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height from the frame header. Raises ValueError if there is none."""
    for segment in _segments(data):
        if segment.marker in FRAMES:
            return _size(segment)
    raise ValueError("no frame header")


def open_jpeg(data: bytes, limit: SizeLimit, work: Work) -> JpegImageFile:
    """Opens without decoding, metadata in `info`. An image without an end has all of its rows.

    Raises ValueError for too many scans or segments, and for missing rows.
    """
    segments = list(_segments(data))
    kept = [segment for segment in segments if segment.marker in _KEPT]
    if sum(segment.marker == START_OF_SCAN for segment in kept) > _MAX_SCANS:
        raise ValueError(f"more than {_MAX_SCANS} scans")
    file = b"".join([data[:2], *map(_needed, kept)])
    _check_bytes(kept)
    image = opened(file, work)
    limit.check(image.size)
    if segments[-1].header != END_OF_IMAGE and not is_whole(image, file, kept, work):
        raise ValueError("rows are missing")
    image.info |= _metadata(segments)
    return image


def _size(segment: Segment) -> tuple[int, int]:
    return int.from_bytes(segment.body[3:5], "big"), int.from_bytes(segment.body[1:3], "big")


def _check_bytes(segments: list[Segment]) -> None:
    """Raises ValueError if the scans cannot hold all pixels, however few bits these take."""
    num_bytes = sum(len(segment.coded) for segment in segments)
    for segment in segments:
        width, height = _size(segment)
        is_huffman = segment.marker in _HUFFMAN
        if is_huffman and width * height > (num_bytes + 1) * _MAX_PIXELS_PER_BYTE:
            raise ValueError("pixels are missing")


def _needed(segment: Segment) -> bytes:
    return segment.header + segment.coded if segment.marker == START_OF_SCAN else segment.header


def _segments(data: bytes) -> Iterator[Segment]:
    """Yields the segments up to the end of the image, or of the file if it was cut off."""
    pattern = _MARKER
    match = pattern.search(data, 2)
    for _ in range(_MAX_SEGMENTS):
        if not match:
            return
        start, end = match.span()
        if match[0] in _ENDS:
            yield Segment(data[start + 1], match[0], b"")
            return
        end += max(int.from_bytes(data[end : end + 2], "big"), 2)
        if data[start + 1] == START_OF_SCAN:
            pattern = _LATER_MARKER
        match = pattern.search(data, end)
        coded = data[end : match.start()] if match else data[end:].rstrip(b"\xff")
        yield Segment(data[start + 1], data[start:end], coded)
    raise ValueError(f"more than {_MAX_SEGMENTS} segments")


def _metadata(segments: list[Segment]) -> dict[str, bytes]:
    """The metadata before the first scan, as Pillow reads it: parts of an Exif block are joined."""
    info: dict[str, bytes] = {}
    exif: list[bytes] = []
    for segment in segments:
        if segment.marker == START_OF_SCAN:
            break
        if segment.marker == _APP1 and segment.body.startswith(_EXIF):
            exif.append(segment.body.removeprefix(_EXIF))
        if segment.marker == _APP1 and segment.body.startswith(_XMP):
            info["xmp"] = segment.body.removeprefix(_XMP)
    return info | {"exif": _EXIF + b"".join(exif)} if exif else info
