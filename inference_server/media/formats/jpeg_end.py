"""Tells whether a JPEG file without an end lacks only that.

Its scans must have sent every coefficient, the last scan must have every restart marker, and what
follows it must not matter: where data is missing, a decoder takes whatever follows for pixels.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from PIL import ImageChops
from PIL.JpegImagePlugin import JpegImageFile

from inference_server.media.work import Work

START_OF_SCAN, END_OF_IMAGE = 0xDA, b"\xff\xd9"
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_RESTART_INTERVAL = 0xDD
_PROGRESSIVE = frozenset({0xC2, 0xCA})
_RESTARTS = [bytes([0xFF, code]) for code in range(0xD0, 0xD8)]
_BLOCK = 8
# A scan may take a few bytes: a large piece could hold many, each of which takes its time.
_PIECE_BYTES = 4096
# Coded data may well end in two bytes of zeros, and in more where it ends in blocks of one color;
# these need the last eight.
_FEW_ZEROS, _LAST_ZEROS = 2, 8
# Coded data that makes colorful blocks and has no marker.
_NOISES = [row.tobytes() for row in np.random.default_rng(0).integers(0, 255, (2, 4096), np.uint8)]


class Segment(NamedTuple):
    """A marker's code, the segment with its marker, and the coded data up to the next one."""

    marker: int
    header: bytes
    coded: bytes

    @property
    def body(self) -> bytes:
        return self.header[4:]


class _Frame(NamedTuple):
    """The frame header: an image's size and the sampling factors of its components."""

    width: int
    height: int
    samplings: dict[int, tuple[int, int]]
    is_progressive: bool

    @property
    def unit(self) -> tuple[int, int]:
        """Width and height of the pixels that are coded together."""
        widths, heights = zip(*self.samplings.values(), strict=True)
        return _BLOCK * max(widths), _BLOCK * max(heights)


class _Scan(NamedTuple):
    """A scan's header: its components, and which of their coefficients it completes."""

    components: bytes
    coefficients: range


def opened(file: bytes, work: Work) -> JpegImageFile:
    """Opens a file that lacks its end, without decoding."""
    image = JpegImageFile(work.file(file + END_OF_IMAGE))
    image.decodermaxblock = _PIECE_BYTES
    return image


def is_whole(image: JpegImageFile, file: bytes, segments: Sequence[Segment], work: Work) -> bool:
    """Whether a file lacks no more than its end and a part of its last unit of pixels.

    Decodes the image, and its file again with other endings.
    """
    [frame] = [_frame(segment) for segment in segments if segment.marker in FRAMES]
    coded = [segment for segment in segments if segment.marker == START_OF_SCAN]
    scans = [_scan(segment, frame) for segment in coded]
    num_restarts = sum(map(coded[-1].coded.count, _RESTARTS))
    return (
        _has_all_coefficients(frame, scans)
        and num_restarts >= _num_restarts(frame, scans[-1], _restart_interval(segments))
        and _has_all_pixels(image, file, frame, work)
    )


def _frame(segment: Segment) -> _Frame:
    body = segment.body
    return _Frame(
        width=int.from_bytes(body[3:5], "big"),
        height=int.from_bytes(body[1:3], "big"),
        samplings={name: (both >> 4, both & 15) for name, both, _ in _triples(body[6:])},
        is_progressive=segment.marker in _PROGRESSIVE,
    )


def _triples(body: bytes) -> Iterator[tuple[int, int, int]]:
    return zip(body[::3], body[1::3], body[2::3], strict=True)


def _scan(segment: Segment, frame: _Frame) -> _Scan:
    end = 1 + 2 * segment.body[0]
    components = segment.body[1:end:2]
    first, last, bits = segment.body[end : end + 3]
    if not frame.is_progressive:
        return _Scan(components, range(_BLOCK**2))
    return _Scan(components, range(0) if bits & 15 else range(first, last + 1))


def _has_all_coefficients(frame: _Frame, scans: Sequence[_Scan]) -> bool:
    left = {component: set(range(_BLOCK**2)) for component in frame.samplings}
    for scan in scans:
        for component in scan.components:
            left[component].difference_update(scan.coefficients)
    return not any(left.values())


def _restart_interval(segments: Sequence[Segment]) -> int:
    bodies = [segment.body for segment in segments if segment.marker == _RESTART_INTERVAL]
    return int.from_bytes(bodies[-1][:2], "big") if bodies else 0


def _num_restarts(frame: _Frame, scan: _Scan, interval: int) -> int:
    if not interval:
        return 0
    is_alone = len(scan.components) == 1
    across, down = frame.samplings[scan.components[0]] if is_alone else (1, 1)
    num_columns = ceil(frame.width * across / frame.unit[0])
    num_rows = ceil(frame.height * down / frame.unit[1])
    return ceil(num_columns * num_rows / interval) - 1


def _has_all_pixels(image: JpegImageFile, file: bytes, frame: _Frame, work: Work) -> bool:
    """Zeros at the end of the file do not count if they are padding."""
    if not _is_independent(image, file, frame, work):
        return False
    bare = file[: len(file.rstrip(b"\0")) + _FEW_ZEROS]
    return (
        bare == file
        or _is_independent(image, bare, frame, work)
        or not _is_independent(image, file[:-_LAST_ZEROS], frame, work)
    )


def _is_independent(image: JpegImageFile, file: bytes, frame: _Frame, work: Work) -> bool:
    """Whether what follows a file changes no more than a part of the last unit of pixels."""
    left, top = (
        size - 1 - (size - 1) % unit for size, unit in zip(image.size, frame.unit, strict=True)
    )
    for noise in _NOISES:
        other = opened(file + noise, work)
        box = ImageChops.difference(image, other).getbbox(alpha_only=False)
        # The colors of a unit reach one pixel beyond it.
        if box and (left == 0 or box[0] < left - 1 or box[1] < top - 1):
            return False
    return True
