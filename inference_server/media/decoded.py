"""What decoding yields: pixels in memory, upright and in RGB."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """pixels [height, width, 3] uint8."""

    pixels: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """frames [F, height, width, 3] uint8, and when each is shown."""

    frames: np.ndarray
    timestamps_s: tuple[float, ...]
