"""The look of a page: its size, paper, ink, colours and letters."""

from dataclasses import dataclass
from random import Random

from PIL import Image

from tools.demo_model.colours import RGB
from tools.demo_model.pictures.canvas import Canvas
from tools.demo_model.pictures.lettering import choose_typeface
from tools.demo_model.sample import TILE

# Paper and ink.
_LIGHT = (
    ((255, 255, 255), (0, 0, 0)),
    ((255, 255, 255), (40, 40, 40)),
    ((250, 250, 250), (30, 30, 60)),
    ((244, 246, 250), (20, 30, 50)),
    ((253, 248, 236), (60, 40, 20)),
    ((236, 240, 241), (44, 62, 80)),
    ((234, 234, 242), (38, 38, 38)),
    ((240, 250, 242), (20, 60, 30)),
)
_DARK = (
    ((18, 18, 18), (240, 240, 240)),
    ((32, 36, 48), (225, 230, 240)),
    ((10, 30, 50), (250, 250, 250)),
    ((45, 45, 45), (230, 230, 220)),
)
_HELD_OUT = (
    ((255, 255, 255), (20, 20, 20)),
    ((248, 244, 252), (50, 20, 80)),
    ((226, 232, 226), (20, 40, 30)),
    ((255, 246, 246), (90, 20, 20)),
    ((28, 28, 44), (235, 235, 245)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """What the parts of one page have in common. Title alignment 0 is left, 1 is right."""

    paper: RGB
    ink: RGB
    faint: RGB
    title_file: str
    text_file: str
    title_align: float
    is_held_out: bool


def choose_theme(rng: Random, *, is_held_out: bool) -> Theme:
    if is_held_out:
        paper, ink = rng.choice(_HELD_OUT)
    else:
        paper, ink = rng.choice(_DARK if rng.random() < 0.15 else _LIGHT)
    face = choose_typeface(rng, is_held_out=is_held_out)
    other = choose_typeface(rng, is_held_out=is_held_out) if rng.random() < 0.2 else face
    part = rng.uniform(0.1, 0.35)
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(paper, ink, strict=True))
    return Theme(
        paper=paper,
        ink=ink,
        faint=(red, green, blue),
        title_file=other.bold if rng.random() < 0.6 else other.regular,
        text_file=face.bold if rng.random() < 0.12 else face.regular,
        title_align=rng.choice((0.0, 0.5, 1.0) if is_held_out else (0.0, 0.5, 0.5)),
        is_held_out=is_held_out,
    )


def page_size(rng: Random, *, least: float = 0.75, most: float = 1.6) -> tuple[int, int]:
    """Width and height: often the tile's own, else of another size and shape."""
    if rng.random() < 0.45:
        return TILE, TILE
    shape = rng.choice((1.0, 1.0, 4 / 3, 3 / 2, 16 / 10, 4 / 5, rng.uniform(least, most)))
    shape = min(max(shape, least), most)
    height = rng.uniform(0.85, 1.15) * TILE / shape**0.5
    return round(height * shape), round(height)


def page(rng: Random, theme: Theme) -> Canvas:
    return Canvas(Image.new("RGB", page_size(rng), theme.paper))
