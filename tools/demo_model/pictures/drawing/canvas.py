"""A drawing surface that remembers, for every patch of the finished tile, what was drawn there."""

import math
from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
from PIL import Image, ImageDraw

from tools.demo_model.catalog.classes import ID_BY_CLASS
from tools.demo_model.catalog.colors import RGB
from tools.demo_model.pictures.drawing.box import Box, Point
from tools.demo_model.pictures.drawing.lettering import Lettering
from tools.demo_model.pictures.drawing.picture import Facts, Picture
from tools.demo_model.pictures.drawing.squash import squash
from tools.demo_model.pictures.drawing.wear import wear
from tools.demo_model.sample import PATCH, PATCHES_PER_SIDE, TILE

# Where the middle of a letter lies above its line, as a part of the font size.
_LETTER_MIDDLE = 0.33
# How far slanted letters lean, as a part of their height.
_LEAN = 0.21


class Canvas:
    """Lengths are pixels of the drawing. `unit` is about one pixel of the finished tile in them."""

    __slots__ = ("_labels", "draw", "height", "image", "unit", "width")

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.draw = ImageDraw.Draw(image)
        self.width, self.height = image.size
        self.unit = math.sqrt(self.width * self.height) / TILE
        self._labels: list[tuple[int, int]] = []

    def line_width(self, units: float) -> int:
        """Whole pixels, so that a line is seen however thin it is."""
        return max(1, round(units * self.unit))

    def text(
        self,
        at: Point,
        text: str,
        lettering: Lettering,
        ink: RGB,
        *,
        align: float = 0.0,
        degrees: float = 0.0,
        also: Sequence[str] = (),
    ) -> None:
        """Draws a line whose letters stand middle-high at `at`; `align` 0 starts there, 1 ends.

        It is turned to the left by so many degrees. Its patches show the classes `also` too.
        """
        length = lettering.width(text)
        across, up = math.cos(math.radians(degrees)), -math.sin(math.radians(degrees))
        if degrees:
            shift = (0.5 - align) * length
            middle = (at[0] + across * shift, at[1] + up * shift)
            self._draw_turned(middle, text, lettering, ink, degrees)
        else:
            self._draw_level((at[0] - align * length, at[1]), text, lettering, ink)
        passed = -align * length
        for character, advance in zip(text, lettering.advances(text), strict=True):
            along = passed + advance / 2
            if f"character {character}" in ID_BY_CLASS:
                place = (at[0] + across * along, at[1] + up * along)
                self.label(place, f"character {character}", *also)
            passed += advance

    def label(self, at: Point, *class_names: str) -> None:
        """Says what the patch under a point shows."""
        column = int(at[0] * TILE / self.width) // PATCH
        row = int(at[1] * TILE / self.height) // PATCH
        if 0 <= column < PATCHES_PER_SIDE and 0 <= row < PATCHES_PER_SIDE:
            self._label_patch(row, column, class_names)

    def label_box(self, box: Box, *class_names: str) -> None:
        """Says what the patches show whose middle lies in a box; if none, the one in its middle."""
        columns = _patches_between(box.left, box.right, self.width)
        rows = _patches_between(box.top, box.bottom, self.height)
        if not columns or not rows:
            self.label(box.middle, *class_names)
        for row in rows:
            for column in columns:
                self._label_patch(row, column, class_names)

    def label_mask(self, corner: tuple[int, int], mask: Image.Image, *class_names: str) -> None:
        """Says what the patches show whose middle a mask, with its corner there, covers."""
        covered = np.asarray(mask) > 127
        columns = list(_pixels_of_patches(self.width, corner[0], mask.width))
        for row, y in _pixels_of_patches(self.height, corner[1], mask.height):
            for column, x in columns:
                if covered[y, x]:
                    self._label_patch(row, column, class_names)

    def finish(self, rng: Random, facts: Facts) -> Picture[Facts]:
        """Squashes the pixels to one tile and wears them a little."""
        labels = np.array(self._labels, dtype=np.int32).reshape(-1, 2)
        return Picture(wear(rng, squash(self.image)), labels, facts)

    def _label_patch(self, row: int, column: int, class_names: Sequence[str]) -> None:
        patch = row * PATCHES_PER_SIDE + column
        self._labels += [(patch, ID_BY_CLASS[name]) for name in class_names]

    def _draw_level(self, at: Point, text: str, lettering: Lettering, ink: RGB) -> None:
        left, base = at[0], at[1] + _LETTER_MIDDLE * lettering.size
        font, stroke = lettering.font, lettering.stroke
        if lettering.cut.is_slanted:
            self._draw_slanted(at, text, lettering, ink)
        elif lettering.cut.spacing:
            for character, advance in zip(text, lettering.advances(text), strict=True):
                self.draw.text((left, base), character, ink, font, "ls", stroke_width=stroke)
                left += advance
        else:
            self.draw.text((left, base), text, ink, font, "ls", stroke_width=stroke)

    def _draw_slanted(self, at: Point, text: str, lettering: Lettering, ink: RGB) -> None:
        """Draws upright letters aside and leans them to the right."""
        height = int(lettering.size * 1.6)
        mask = Image.new("L", (int(lettering.width(text)) + height, height))
        draw, left = ImageDraw.Draw(mask), height / 4
        base = height / 2 + _LETTER_MIDDLE * lettering.size
        for character, advance in zip(text, lettering.advances(text), strict=True):
            draw.text((left, base), character, 255, lettering.font, "ls")
            left += advance
        lean = (1, _LEAN, -_LEAN * height / 2, 0, 1, 0)
        mask = mask.transform(mask.size, Image.Transform.AFFINE, lean, Image.Resampling.BICUBIC)
        self.image.paste(ink, (round(at[0] - height / 4), round(at[1] - height / 2)), mask)

    def _draw_turned(
        self, middle: Point, text: str, lettering: Lettering, ink: RGB, degrees: float
    ) -> None:
        height = int(lettering.size * 1.6)
        mask = Image.new("L", (int(lettering.width(text)) + 4, height))
        base = height / 2 + _LETTER_MIDDLE * lettering.size
        ImageDraw.Draw(mask).text((2, base), text, 255, lettering.font, "ls")
        if degrees == 90:
            mask = mask.transpose(Image.Transpose.ROTATE_90)
        else:
            mask = mask.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
        x, y = middle
        self.image.paste(ink, (round(x - mask.width / 2), round(y - mask.height / 2)), mask)


def _patches_between(start: float, end: float, length: int) -> range:
    """The rows or columns of patches whose middle lies there."""
    first, last = (at * PATCHES_PER_SIDE / length - 0.5 for at in (start, end))
    return range(max(0, math.ceil(first)), min(PATCHES_PER_SIDE - 1, int(last)) + 1)


def _pixels_of_patches(length: int, start: int, extent: int) -> Iterator[tuple[int, int]]:
    """The rows or columns of patches with the pixel of their middle in what begins at `start`."""
    for index in range(PATCHES_PER_SIDE):
        pixel = int((index + 0.5) * length / PATCHES_PER_SIDE - start)
        if 0 <= pixel < extent:
            yield index, pixel
