"""The look of a page: its paper, ink, colors and letters."""

from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal

from tools.demo_model.catalog import colors, typefaces
from tools.demo_model.catalog.colors import RGB, mixed, rgb
from tools.demo_model.catalog.typefaces import Typeface
from tools.demo_model.pictures.drawing.lettering import Cut
from tools.demo_model.tables import table

Frame = Literal["box", "axes", "base", "none"]

_LOOKS = table("pictures/looks")
_PROGRAMS = [program for row in _LOOKS["programs"] for program in [row] * row["times"]]
_WHITE = rgb("ffffff")


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleLook:
    """Alignment 0 is left, 1 is right; the band is a filled strip behind the title."""

    cut: Cut
    size: float
    align: float = 0.5
    ink: RGB
    band: RGB | None = None
    is_underlined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The look that all parts of one page share. Lengths are in the canvas's units.

    A negative tick length points into the plot; a dash of zero is a solid line.
    """

    paper: RGB
    ink: RGB
    faint: RGB
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
        """The color that marks are drawn on in a chart."""
        return self.panel or self.paper

    @property
    def pale_ink(self) -> RGB:
        return mixed(self.paper, self.ink, 0.65)


def choose_theme(rng: Random, *, is_held_out: bool) -> Theme:
    """Any look, or at times, in training, what a common program draws by default."""
    theme = _any_theme(rng, is_held_out=is_held_out)
    if is_held_out or rng.random() > 0.3:
        return theme
    program = rng.choice(_PROGRAMS)
    inks: dict[str, Any] = {name: rgb(code) for name, code in program["inks"].items()}
    return replace(
        theme,
        paper=_WHITE,
        **{"panel": None, **inks, **program["look"]},
        title=TitleLook(
            cut=Cut(program["title_file"]), size=program["title_size"], ink=inks["ink"]
        ),
        text_cut=Cut(program["text_file"]),
        text_size=13.0 * rng.uniform(0.65, 1.25),
        line_width=1.0,
        has_ticks_named=True,
        dash=0,
    )


def _any_theme(rng: Random, *, is_held_out: bool) -> Theme:
    if is_held_out:
        papers, faces = _LOOKS["papers"]["held_out"], typefaces.HELD_OUT
    else:
        papers = _LOOKS["papers"]["dark" if rng.random() < 0.14 else "light"]
        faces = typefaces.TRAINING
    paper, ink = map(rgb, rng.choice(papers))
    face = rng.choice(faces)
    title_face = rng.choice(faces) if rng.random() < 0.2 else face
    faint = mixed(paper, ink, rng.uniform(0.1, 0.35))
    # Pixels of the tile: small as in a large figure, as in most, and large.
    text_size = rng.uniform(*rng.choices(((8.5, 11.5), (11.5, 15), (15, 21)), (3, 4, 4))[0])
    is_paneled = sum(paper) > 600 and rng.random() < 0.12
    panel = rgb(rng.choice(_LOOKS["panels"])) if is_paneled else None
    return Theme(
        paper=paper,
        ink=ink,
        faint=faint,
        axis_ink=rng.choice((ink, ink, faint, mixed(paper, ink, 0.6))),
        grid_ink=_WHITE if panel else mixed(paper, ink, rng.choice((0.1, 0.15, 0.25, 0.45))),
        panel=panel,
        title=_title_look(rng, paper, ink, title_face, text_size, is_held_out=is_held_out),
        text_cut=Cut(face.bold if rng.random() < 0.1 else face.regular),
        text_size=text_size,
        frame="none" if panel else rng.choice(_LOOKS["frames"]),
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
    color, band = ink, None
    roll = rng.random()
    if roll < 0.12:
        tried = colors.shade_on(rng, rng.choice(_LOOKS["title_inks"]), paper)
        color = tried if colors.stands_out(tried, paper) else ink
    elif roll < 0.18:
        band = colors.shade(rng, rng.choice(_LOOKS["title_bands"]))
    elif roll < 0.24:
        color = mixed(paper, ink, 0.7)
    # The bold cut or the regular one, at times spaced out, slanted or fattened.
    file = face.bold if rng.random() < 0.55 else face.regular
    spacing = rng.choice((0.03, 0.06, 0.12, 0.2, -0.02)) if rng.random() < 0.12 else 0.0
    return TitleLook(
        cut=Cut(file, spacing, is_slanted=rng.random() < 0.1, is_fat=rng.random() < 0.04),
        size=min(42.0, max(14.0, text_size * rng.choice((1.15, 1.2, 1.4, 1.6, 2.0, 2.4)))),
        align=rng.choice((0.0, 0.5, 1.0) if is_held_out else (0.0, 0.5, 0.5, 0.5, 1.0)),
        ink=color,
        band=band,
        is_underlined=rng.random() < 0.04,
    )
