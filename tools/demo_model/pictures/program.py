"""How charts look that common programs draw when nobody tells them more."""

from dataclasses import dataclass
from typing import Literal

from tools.demo_model.colours import RGB

Frame = Literal["box", "axes", "base", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A look: letters, ink, and what is around the plot. Lengths are in the canvas's units."""

    text_file: str
    title_file: str
    ink: RGB = (0, 0, 0)
    text_size: float = 13.0
    title_scale: float = 1.2
    frame: Frame = "box"
    tick_length: float = 0.0
    has_grid: bool = False
    panel: RGB | None = None


PROGRAMS = (
    # A plotting library for Python, in its own style and in two others.
    *[Program(text_file="DejaVuSans.ttf", title_file="DejaVuSans.ttf", tick_length=4.0)] * 3,
    Program(
        text_file="DejaVuSans.ttf",
        title_file="DejaVuSans.ttf",
        frame="none",
        has_grid=True,
        panel=(234, 234, 242),
    ),
    Program(
        text_file="LiberationSans-Regular.ttf",
        title_file="LiberationSans-Regular.ttf",
        ink=(38, 38, 38),
        frame="axes",
    ),
    # An office program.
    *[
        Program(
            text_file="Carlito-Regular.ttf",
            title_file="Carlito-Regular.ttf",
            ink=(89, 89, 89),
            title_scale=1.55,
            frame="base",
            has_grid=True,
        )
    ]
    * 2,
    # A plotting library for R.
    Program(
        text_file="LiberationSans-Regular.ttf",
        title_file="LiberationSans-Regular.ttf",
        ink=(60, 60, 60),
        tick_length=3.0,
        frame="none",
        has_grid=True,
        panel=(235, 235, 235),
    ),
    # Libraries for the web.
    Program(
        text_file="LiberationSans-Regular.ttf",
        title_file="LiberationSans-Bold.ttf",
        ink=(102, 102, 102),
        frame="axes",
        has_grid=True,
    ),
    Program(
        text_file="OpenSans-Regular.ttf",
        title_file="OpenSans-Regular.ttf",
        ink=(42, 63, 95),
        title_scale=1.4,
        frame="none",
        has_grid=True,
        panel=(229, 236, 246),
    ),
    Program(
        text_file="Roboto-Regular.ttf",
        title_file="Roboto-Bold.ttf",
        ink=(80, 80, 80),
        frame="base",
        has_grid=True,
    ),
)
