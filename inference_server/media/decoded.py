"""Decoded media: pixels in memory, upright and in RGB."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedImage:
    """pixels [height, width, 3] uint8."""

    pixels: np.ndarray

    @property
    def num_bytes(self) -> int:
        return self.pixels.nbytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedVideo:
    """frames [F, height, width, 3] uint8, and the time at which each is shown."""

    frames: np.ndarray
    timestamps_s: tuple[float, ...]

    @property
    def num_bytes(self) -> int:
        return self.frames.nbytes


Decoded = DecodedImage | DecodedVideo
