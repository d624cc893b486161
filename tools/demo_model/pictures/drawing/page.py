"""A page that is being drawn: its canvas, its look, and the part that is still free."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image

from tools.demo_model.catalog.colors import RGB
from tools.demo_model.pictures.drawing.box import Box, Point
from tools.demo_model.pictures.drawing.canvas import Canvas
from tools.demo_model.pictures.drawing.lettering import Lettering, lettering
from tools.demo_model.pictures.drawing.picture import Facts, Picture
from tools.demo_model.pictures.drawing.theme import Theme
from tools.demo_model.sample import TILE

# In pixels of the drawing: smaller letters are not readable on small pages.
SMALLEST = 9


@dataclass(slots=True)
class Area:
    """The free part of the page. Drawing something at an edge moves that edge in."""

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

    @property
    def middle(self) -> Point:
        return self.left + self.width / 2, self.top + self.height / 2

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.right, self.bottom)


class Page:
    """A page with the rng, theme, canvas and letters that everything drawn on it shares."""

    def __init__(self, rng: Random, theme: Theme) -> None:
        self.rng, self.theme = rng, theme
        self.canvas = Canvas(Image.new("RGB", page_size(rng), theme.paper))
        self.draw, self.unit = self.canvas.draw, self.canvas.unit
        self.area = Area(0, 0, self.canvas.width, self.canvas.height)
        self.face = lettering(theme.text_cut, SMALLEST)

    def leave_margins(self) -> None:
        """Takes margins off the free area; they are wide at times."""
        most = self.rng.choice((24, 42, 42, 70))
        left, top, right, bottom = (self.rng.uniform(5, most) * self.unit for _ in range(4))
        self.area = Area(left, top, self.canvas.width - right, self.canvas.height - bottom)

    def text(
        self,
        at: Point,
        text: str,
        *,
        face: Lettering | None = None,
        ink: RGB | None = None,
        align: float = 0.0,
        degrees: float = 0.0,
        also: Sequence[str] = (),
    ) -> None:
        """Draws a line as `Canvas.text` does, in the letters and the ink of the page."""
        face, ink = face or self.face, ink or self.theme.ink
        self.canvas.text(at, text, face, ink, align=align, degrees=degrees, also=also)

    def finish(self, facts: Facts) -> Picture[Facts]:
        return self.canvas.finish(self.rng, facts)


def page_size(rng: Random, *, least: float = 0.7, most: float = 1.8) -> tuple[int, int]:
    """Width and height: often the tile's own, else of another size and shape."""
    if rng.random() < 0.35:
        return TILE, TILE
    shape = rng.choice((1.0, 4 / 3, 4 / 3, 3 / 2, 16 / 10, 16 / 9, 4 / 5, rng.uniform(least, most)))
    shape = min(max(shape, least), most)
    height = rng.uniform(0.85, 1.15) * TILE / shape**0.5
    if rng.random() < 0.1:
        height *= rng.choice((0.62, 0.75, 1.3, 1.6))
    return round(height * shape), round(height)
