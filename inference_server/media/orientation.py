"""Turns and mirrors frames as a video's display matrix says, by the rules of FFmpeg's player."""

import math
import struct

import numpy as np

_MATRIX = struct.Struct("=9i")
_NEAR_DEGREES = 1.0


def upright(pixels: np.ndarray, matrix: bytes | None) -> np.ndarray:
    """A view of pixels [height, width, 3]. A matrix that is no quarter turn changes nothing."""
    if matrix is None or len(matrix) != _MATRIX.size:
        return pixels
    a, b, _, c, d, *_ = _MATRIX.unpack(matrix)
    if not math.hypot(a, c) or not math.hypot(b, d):
        return pixels
    turn = math.degrees(math.atan2(b / math.hypot(b, d), a / math.hypot(a, c))) % 360
    if min(turn % 90, 90 - turn % 90) >= _NEAR_DEGREES:
        return pixels
    match round(turn / 90) % 4:
        case 1:
            return pixels.swapaxes(0, 1) if c > 0 else np.rot90(pixels, -1)
        case 2:
            return pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]
        case 3:
            return np.flipud(np.rot90(pixels, -1)) if c < 0 else np.rot90(pixels)
        case _:
            return pixels[:: -1 if d < 0 else 1]
