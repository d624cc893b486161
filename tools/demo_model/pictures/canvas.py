"""A drawing surface that remembers, for every patch of the finished tile, what was drawn there."""

import math
from collections.abc import Sequence
from random import Random

import numpy as np
from PIL import Image, ImageDraw

from tools.demo_model.classes import ID_BY_CHARACTER, ID_BY_CLASS
from tools.demo_model.colours import RGB
from tools.demo_model.pictures.lettering import Lettering
from tools.demo_model.pictures.squash import squash
from tools.demo_model.pictures.wear import wear
from tools.demo_model.sample import PATCH, PATCHES_PER_SIDE, TILE

Point = tuple[float, float]
Box = tuple[float, float, float, float]

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

    def text(
        self,
        at: Point,
        text: str,
        lettering: Lettering,
        ink: RGB,
        *,
        align: float = 0.0,
        also: Sequence[str] = (),
    ) -> None:
        """Draws a line whose letters stand middle-high at `at`; `align` 0 starts there, 1 ends.

        Its patches show the classes `also` too.
        """
        advances = lettering.advances(text)
        left = at[0] - align * sum(advances)
        self._draw_text((left, at[1]), text, lettering, ink, advances)
        for character, advance in zip(text, advances, strict=True):
            self._label_character((left + advance / 2, at[1]), character, also)
            left += advance

    def upright_text(
        self, at: Point, text: str, lettering: Lettering, ink: RGB, *, also: Sequence[str] = ()
    ) -> None:
        """Draws a line that reads upwards, with its middle at `at`."""
        self.turned_text(at, text, lettering, ink, degrees=90, align=0.5, also=also)

    def turned_text(
        self,
        at: Point,
        text: str,
        lettering: Lettering,
        ink: RGB,
        *,
        degrees: float,
        align: float,
        also: Sequence[str] = (),
    ) -> None:
        """Draws a line turned to the left; `align` 0 starts at `at`, 1 ends there."""
        advances = lettering.advances(text)
        length, height = int(sum(advances)) + 4, int(lettering.size * 1.6)
        mask = Image.new("L", (length, height))
        base = height / 2 + _LETTER_MIDDLE * lettering.size
        ImageDraw.Draw(mask).text((2, base), text, 255, lettering.font, anchor="ls")
        turn = math.radians(degrees)
        across, up = math.cos(turn), -math.sin(turn)
        shift = (0.5 - align) * sum(advances)
        x, y = at[0] + across * shift, at[1] + up * shift
        if degrees == 90:
            mask = mask.transpose(Image.Transpose.ROTATE_90)
        else:
            mask = mask.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
        self.image.paste(ink, (round(x - mask.width / 2), round(y - mask.height / 2)), mask)
        passed = -align * sum(advances)
        for character, advance in zip(text, advances, strict=True):
            middle = passed + advance / 2
            place = (at[0] + across * middle, at[1] + up * middle)
            self._label_character(place, character, also)
            passed += advance

    def label(self, at: Point, class_name: str) -> None:
        """Says that the patch under a point shows something."""
        self._label(at, ID_BY_CLASS[class_name])

    def label_box(self, box: Box, class_names: Sequence[str]) -> None:
        """Says what the patches show whose middle lies in a box; if none, the one in its middle."""
        left, right = (box[index] * PATCHES_PER_SIDE / self.width - 0.5 for index in (0, 2))
        top, bottom = (box[index] * PATCHES_PER_SIDE / self.height - 0.5 for index in (1, 3))
        columns = range(max(0, -int(-left // 1)), min(PATCHES_PER_SIDE - 1, int(right)) + 1)
        rows = range(max(0, -int(-top // 1)), min(PATCHES_PER_SIDE - 1, int(bottom)) + 1)
        ids = [ID_BY_CLASS[name] for name in class_names]
        if not columns or not rows:
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            for class_id in ids:
                self._label(middle, class_id)
        self._labels += [
            (row * PATCHES_PER_SIDE + column, class_id)
            for row in rows
            for column in columns
            for class_id in ids
        ]

    def label_mask(self, corner: Point, mask: Image.Image, class_names: Sequence[str]) -> None:
        """Says what the patches show whose middle a mask, with its corner there, covers."""
        across, down = self.width / PATCHES_PER_SIDE, self.height / PATCHES_PER_SIDE
        ids = [ID_BY_CLASS[name] for name in class_names]
        covered = np.asarray(mask) > 127
        first_column, first_row = max(0, int(corner[0] / across)), max(0, int(corner[1] / down))
        for row in range(first_row, PATCHES_PER_SIDE):
            y = int((row + 0.5) * down - corner[1])
            if y >= mask.height:
                break
            for column in range(first_column, PATCHES_PER_SIDE):
                x = int((column + 0.5) * across - corner[0])
                if x >= mask.width:
                    break
                if x >= 0 and y >= 0 and covered[y, x]:
                    patch = row * PATCHES_PER_SIDE + column
                    self._labels += [(patch, class_id) for class_id in ids]

    def finish(self, rng: Random) -> tuple[np.ndarray, np.ndarray]:
        """The pixels squashed to one tile and worn a little, and the labels of its patches."""
        labels = np.array(self._labels, dtype=np.int32).reshape(-1, 2)
        return wear(rng, squash(self.image)), labels

    def _draw_text(
        self, at: Point, text: str, lettering: Lettering, ink: RGB, advances: list[float]
    ) -> None:
        base = at[1] + _LETTER_MIDDLE * lettering.size
        if lettering.cut.is_slanted:
            self._draw_slanted(at, text, lettering, ink, advances)
        elif lettering.cut.spacing:
            left = at[0]
            for character, advance in zip(text, advances, strict=True):
                self._draw_run((left, base), character, lettering, ink)
                left += advance
        else:
            self._draw_run((at[0], base), text, lettering, ink)

    def _draw_run(self, at: Point, text: str, lettering: Lettering, ink: RGB) -> None:
        self.draw.text(at, text, ink, lettering.font, anchor="ls", stroke_width=lettering.stroke)

    def _draw_slanted(
        self, at: Point, text: str, lettering: Lettering, ink: RGB, advances: list[float]
    ) -> None:
        """Draws upright letters aside and leans them to the right."""
        height = int(lettering.size * 1.6)
        mask = Image.new("L", (int(sum(advances)) + height, height))
        draw, left = ImageDraw.Draw(mask), height / 4
        base = height / 2 + _LETTER_MIDDLE * lettering.size
        for character, advance in zip(text, advances, strict=True):
            draw.text((left, base), character, 255, lettering.font, anchor="ls")
            left += advance
        lean = (1, _LEAN, -_LEAN * height / 2, 0, 1, 0)
        leant = mask.transform(
            mask.size, Image.Transform.AFFINE, lean, resample=Image.Resampling.BICUBIC
        )
        self.image.paste(ink, (round(at[0] - height / 4), round(at[1] - height / 2)), leant)

    def _label_character(self, at: Point, character: str, also: Sequence[str]) -> None:
        class_id = ID_BY_CHARACTER.get(character)
        if class_id is not None:
            self._label(at, class_id)
            for name in also:
                self._label(at, ID_BY_CLASS[name])

    def _label(self, at: Point, class_id: int) -> None:
        column = int(at[0] * TILE / self.width) // PATCH
        row = int(at[1] * TILE / self.height) // PATCH
        if 0 <= column < PATCHES_PER_SIDE and 0 <= row < PATCHES_PER_SIDE:
            self._labels.append((row * PATCHES_PER_SIDE + column, class_id))
