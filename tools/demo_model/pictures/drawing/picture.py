"""A finished picture: its pixels in one tile, what each patch shows, and what is true of it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Picture(Generic[Facts]):
    """`pixels` uint8 [512, 512, 3]; `labels` int32 [N, 2] of (patch index, class id)."""

    pixels: np.ndarray
    labels: np.ndarray
    facts: Facts
