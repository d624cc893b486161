"""The look of a page: its size, paper, ink, colours and letters."""

from dataclasses import dataclass, replace
from random import Random

from PIL import Image

from tools.demo_model import colours
from tools.demo_model.colours import RGB
from tools.demo_model.pictures.canvas import Canvas
from tools.demo_model.pictures.lettering import Cut, choose_typeface
from tools.demo_model.pictures.program import PROGRAMS, Frame
from tools.demo_model.sample import TILE
from tools.demo_model.typefaces import Typeface

# Paper and ink.
_LIGHT = (
    *(((255, 255, 255), (0, 0, 0)),) * 3,
    ((255, 255, 255), (40, 40, 40)),
    ((255, 255, 255), (89, 89, 89)),
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
_WHITE: RGB = (255, 255, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleLook:
    """Alignment 0 is left, 1 is right; the band is a filled strip behind the title."""

    cut: Cut
    size: float
    align: float
    ink: RGB
    band: RGB | None
    is_underlined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """What the parts of one page have in common. Lengths are in the canvas's units.

    A negative tick length points into the plot; a dash of nought is a solid line.
    """

    paper: RGB
    ink: RGB
    faint: RGB
    pale_ink: RGB
    axis_ink: RGB
    grid_ink: RGB
    panel: RGB | None
    title: TitleLook
    text_cut: Cut
    text_size: float
    frame: Frame
    line_width: float
    tick_length: float
    has_ticks_named: bool
    has_grid: bool
    dash: float
    is_held_out: bool

    @property
    def ground(self) -> RGB:
        """What marks are drawn on in a chart."""
        return self.panel or self.paper


def choose_theme(rng: Random, *, is_held_out: bool) -> Theme:
    """Any look, or at times, in training, what a common program draws if nobody tells it more."""
    theme = _any_theme(rng, is_held_out=is_held_out)
    if is_held_out or rng.random() > 0.3:
        return theme
    program = rng.choice(PROGRAMS)
    ink = program.ink
    title = TitleLook(
        cut=Cut(program.title_file),
        size=program.text_size * program.title_scale,
        align=0.5,
        ink=ink,
        band=None,
        is_underlined=False,
    )
    size = program.text_size * rng.uniform(0.65, 1.25)
    return replace(
        theme,
        paper=_WHITE,
        ink=ink,
        faint=_mixed(_WHITE, ink, 0.2),
        pale_ink=_mixed(_WHITE, ink, 0.65),
        axis_ink=ink if program.frame in ("box", "axes") else _mixed(_WHITE, ink, 0.3),
        grid_ink=_WHITE if program.panel else _mixed(_WHITE, ink, 0.2),
        panel=program.panel,
        title=title,
        text_cut=Cut(program.text_file),
        text_size=size,
        frame=program.frame,
        line_width=1.0,
        tick_length=program.tick_length,
        has_ticks_named=True,
        has_grid=program.has_grid,
        dash=0,
    )


def _any_theme(rng: Random, *, is_held_out: bool) -> Theme:
    if is_held_out:
        paper, ink = rng.choice(_HELD_OUT)
    else:
        paper, ink = rng.choice(_DARK if rng.random() < 0.14 else _LIGHT)
    face = choose_typeface(rng, is_held_out=is_held_out)
    other = choose_typeface(rng, is_held_out=is_held_out) if rng.random() < 0.2 else face
    faint = _mixed(paper, ink, rng.uniform(0.1, 0.35))
    text_size = rng.uniform(*rng.choices(_TEXT_SIZES, (3, 4, 4))[0])
    is_panelled = sum(paper) > 600 and rng.random() < 0.12
    panel = rng.choice(_PANELS) if is_panelled else None
    return Theme(
        paper=paper,
        ink=ink,
        faint=faint,
        pale_ink=_mixed(paper, ink, 0.65),
        axis_ink=rng.choice((ink, ink, faint, _mixed(paper, ink, 0.6))),
        grid_ink=_WHITE if panel else _mixed(paper, ink, rng.choice((0.1, 0.15, 0.25, 0.45))),
        panel=panel,
        title=_title_look(rng, paper, ink, other, text_size, is_held_out=is_held_out),
        text_cut=Cut(face.bold if rng.random() < 0.1 else face.regular),
        text_size=text_size,
        frame="none" if panel else rng.choice(_FRAMES),
        line_width=rng.choice((0.8, 1, 1, 1.5, 2.5)),
        tick_length=rng.choice((0, 0, 0, 4, 4, 6, -4)),
        has_ticks_named=rng.random() < 0.93,
        has_grid=bool(panel) or rng.random() < 0.45,
        dash=rng.choice((0, 0, 0, 2, 4, 7)),
        is_held_out=is_held_out,
    )


def _title_look(
    rng: Random, paper: RGB, ink: RGB, face: Typeface, text_size: float, *, is_held_out: bool
) -> TitleLook:
    aligns = (0.0, 0.5, 1.0) if is_held_out else (0.0, 0.5, 0.5, 0.5, 1.0)
    colour, band = ink, None
    roll = rng.random()
    if roll < 0.12:
        name = rng.choice(("red", "blue", "green", "purple", "brown", "orange"))
        tried = colours.shade_on(rng, name, paper)
        colour = tried if colours.stands_out(tried, paper) else ink
    elif roll < 0.18:
        band = colours.shade(rng, rng.choice(("blue", "green", "red", "gray", "purple", "black")))
    elif roll < 0.24:
        colour = _mixed(paper, ink, 0.7)
    return TitleLook(
        cut=_title_cut(rng, face),
        size=min(42.0, max(14.0, text_size * rng.choice((1.15, 1.2, 1.4, 1.6, 2.0, 2.4)))),
        align=rng.choice(aligns),
        ink=colour,
        band=band,
        is_underlined=rng.random() < 0.04,
    )


def _title_cut(rng: Random, face: Typeface) -> Cut:
    """The bold cut or the regular one, at times spaced out, slanted or fattened."""
    file = face.bold if rng.random() < 0.55 else face.regular
    spacing = rng.choice((0.03, 0.06, 0.12, 0.2, -0.02)) if rng.random() < 0.12 else 0.0
    return Cut(file, spacing, is_slanted=rng.random() < 0.1, is_fat=rng.random() < 0.04)


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


def page(rng: Random, theme: Theme) -> Canvas:
    return Canvas(Image.new("RGB", page_size(rng), theme.paper))


def _mixed(one: RGB, other: RGB, part: float) -> RGB:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


_PANELS: tuple[RGB, ...] = ((235, 235, 235), (234, 234, 242), (229, 229, 229), (240, 240, 240))
# Pixels of the tile: small as in a large figure, as in most, and large.
_TEXT_SIZES = ((8.5, 11.5), (11.5, 15), (15, 21))
_FRAMES: tuple[Frame, ...] = ("box", "box", "axes", "axes", "axes", "base", "base", "none")
