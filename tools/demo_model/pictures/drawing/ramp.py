"""Even passages from one color to another."""

import numpy as np
from PIL import Image

from tools.demo_model.catalog.colors import RGB


def ramp(
    one: RGB,
    size: tuple[int, int],
    *,
    other: RGB = (255, 255, 255),
    start: float = 0.0,
    end: float = 1.0,
    is_upright: bool,
) -> Image.Image:
    """From `one` to `other`, or from and to a part of that way, downwards or to the right."""
    width, height = size
    part = np.linspace(start, end, height if is_upright else width)[:, None]
    row = (np.array(one) * (1 - part) + np.array(other) * part).astype(np.uint8)
    row = row[:, None] if is_upright else row[None]
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(row, (height, width, 3))))
