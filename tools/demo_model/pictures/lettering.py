"""Fonts by size, and how wide each letter is in them."""

import functools
from random import Random

from PIL import ImageFont

from tools.demo_model import assets, typefaces
from tools.demo_model.typefaces import Typeface


class Lettering:
    """One cut of a typeface at one size, without kerning, so that letters can be placed."""

    __slots__ = ("_advances", "ascent", "font", "size")

    def __init__(self, file: str, size: int) -> None:
        self.font = ImageFont.truetype(
            assets.FONTS / file, size, layout_engine=ImageFont.Layout.BASIC
        )
        self.size = size
        self.ascent = self.font.getmetrics()[0]
        self._advances: dict[str, float] = {}

    def advances(self, text: str) -> list[float]:
        return [self._advance(character) for character in text]

    def width(self, text: str) -> float:
        return sum(self.advances(text))

    def _advance(self, character: str) -> float:
        known = self._advances.get(character)
        if known is None:
            known = self._advances[character] = self.font.getlength(character)
        return known


@functools.lru_cache(maxsize=6000)
def lettering(file: str, size: int) -> Lettering:
    return Lettering(file, size)


def choose_typeface(rng: Random, *, is_held_out: bool) -> Typeface:
    return rng.choice(typefaces.HELD_OUT if is_held_out else typefaces.TRAINING)


def fitting(file: str, text: str, *, size: float, width: float, smallest: float) -> Lettering:
    """The lettering of at most `size` in which `text` is at most `width` wide."""
    found = lettering(file, max(6, round(size)))
    needed = found.width(text)
    if needed <= width:
        return found
    return lettering(file, max(6, int(max(found.size * width / needed, smallest))))
