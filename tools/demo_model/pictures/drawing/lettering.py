"""Fonts by size, and how wide each letter is in them."""

import functools
from dataclasses import dataclass

from PIL import ImageFont

from tools.demo_model.catalog import assets


@dataclass(frozen=True, slots=True)
class Cut:
    """A font file and what is done to its letters; the spacing is a part of the font size."""

    file: str
    spacing: float = 0.0
    is_slanted: bool = False
    is_fat: bool = False


class Lettering:
    """One cut of a typeface at one size, without kerning, so that letters can be placed."""

    __slots__ = ("_advance", "cut", "font", "size", "stroke")

    def __init__(self, cut: Cut, size: int) -> None:
        self.cut, self.size = cut, size
        self.font = _font(cut.file, size)
        self.stroke = max(1, round(size / 40)) if cut.is_fat else 0
        self._advance = functools.cache(
            lambda character: self.font.getlength(character) + cut.spacing * size
        )

    def advances(self, text: str) -> list[float]:
        return [self._advance(character) for character in text]

    def width(self, text: str) -> float:
        return sum(self.advances(text))


@functools.lru_cache(maxsize=8000)
def lettering(cut: Cut, size: int) -> Lettering:
    return Lettering(cut, size)


def fitting(cut: Cut, text: str, *, size: float, width: float, smallest: float) -> Lettering:
    """The lettering of at most `size` in which `text` is at most `width` wide."""
    found = lettering(cut, max(6, round(size)))
    needed = found.width(text)
    if needed <= width:
        return found
    return lettering(cut, max(6, int(max(found.size * width / needed, smallest))))


@functools.lru_cache(maxsize=4000)
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(assets.FONTS / file, size, layout_engine=ImageFont.Layout.BASIC)
