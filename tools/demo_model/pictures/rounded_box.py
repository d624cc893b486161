"""Boxes with round corners, however small they are."""

from PIL import ImageDraw

from tools.demo_model.colours import RGB
from tools.demo_model.pictures.canvas import Box


def paint_rounded_box(
    draw: ImageDraw.ImageDraw,
    box: Box,
    radius: float,
    fill: RGB,
    *,
    edge: RGB | None = None,
    line: int = 1,
) -> None:
    """Fills a box; its corners are as round as its shorter side allows."""
    left, top, right, bottom = map(round, box)
    # Where two corners all but meet, Pillow fails or, before 13, leaves a gap.
    most = (min(right - left, bottom - top) - 3) // 2
    radius = min(round(radius), most)
    if radius > 0:
        draw.rounded_rectangle((left, top, right, bottom), radius, fill, edge, line)
    else:
        draw.rectangle((left, top, right, bottom), fill, edge, line)
