"""The part of a page that is still free."""

from dataclasses import dataclass
from random import Random

from tools.demo_model.pictures.canvas import Canvas


@dataclass(slots=True, kw_only=True)
class Area:
    """What is still free of the page. Drawing something at an edge moves that edge in."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def whole(canvas: Canvas, rng: Random) -> Area:
    """The page without its margins, which are wide at times."""
    most = rng.choice((24, 42, 42, 70))
    left, top, right, bottom = (rng.uniform(5, most) * canvas.unit for _ in range(4))
    return Area(left=left, top=top, right=canvas.width - right, bottom=canvas.height - bottom)
