"""Boxes of pixels, and how one with round corners is painted, however small it is."""

from typing import NamedTuple

from PIL import ImageDraw

from tools.demo_model.catalog.colors import RGB

Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle as Pillow takes it."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, middle: Point, width: float, height: float) -> "Box":
        x, y = middle
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def rounded(self) -> tuple[int, int, int, int]:
        """Whole pixels."""
        left, top, right, bottom = map(round, self)
        return left, top, right, bottom


def paint_rounded_box(
    draw: ImageDraw.ImageDraw,
    box: Box,
    radius: float,
    fill: RGB,
    edge: RGB | None = None,
    line: int = 1,
) -> None:
    """Fills a box; its corners are as round as its shorter side allows."""
    left, top, right, bottom = rounded = box.rounded()
    # Where two corners all but meet, Pillow fails or, before 13, leaves a gap.
    radius = min(round(radius), (min(right - left, bottom - top) - 3) // 2)
    if radius > 0:
        draw.rounded_rectangle(rounded, radius, fill, edge, line)
    else:
        draw.rectangle(rounded, fill, edge, line)
