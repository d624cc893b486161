"""A blank figure of some size, style and typeface, and the pixels of what was drawn on it."""

# pyright: reportMissingImports=false
# matplotlib is a requirement of this set alone.

import warnings
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

import numpy as np
from matplotlib import rc_context, style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from tools.demo_model.sample import TILE

Facts = TypeVar("Facts")

# With what comes with matplotlib.
_FAMILIES = (
    "DejaVu Sans",
    "DejaVu Serif",
    "DejaVu Sans Mono",
    "STIXGeneral",
    "cmr10",
    "cmss10",
)
_STYLES = (
    "default",
    "ggplot",
    "bmh",
    "fivethirtyeight",
    "seaborn-v0_8",
    "seaborn-v0_8-whitegrid",
    "Solarize_Light2",
    "dark_background",
    "tableau-colorblind10",
)
_DPI = 100


def draw(
    rng: Random, what: Callable[[Random, Figure], Facts], *, is_plain: bool = False
) -> tuple[np.ndarray, Facts]:
    """The picture as uint8 [512, 512, 3], and what `what` says of it.

    A plain one keeps to a white ground, for drawings that choose their own.
    """
    height = rng.randint(440, 720)
    width = round(height * rng.uniform(0.85, 1.35))
    look = "default" if is_plain else rng.choice(_STYLES)
    with style.context(look), rc_context(_typography(rng, height)):
        figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
        canvas = FigureCanvasAgg(figure)
        facts = what(rng, figure)
        with warnings.catch_warnings():
            # A long label squeezes its axes; the picture is good all the same.
            warnings.filterwarnings("ignore", message=".*layout not applied.*")
            canvas.draw()
        return _squash(np.asarray(canvas.buffer_rgba())[..., :3]), facts


def _typography(rng: Random, height: int) -> dict[Any, Any]:
    """Sizes in points that become the wanted pixels once the picture is squashed."""
    points_per_pixel = height / TILE * 72 / _DPI
    text = rng.uniform(13, 18) * points_per_pixel
    family = rng.choice(_FAMILIES)
    # The cm fonts have but one weight, and no minus sign of their own.
    is_cm = family.startswith("cm")
    return {
        "font.family": family,
        "font.size": text,
        "axes.titlesize": rng.uniform(19, 28) * points_per_pixel,
        "axes.titleweight": "normal" if is_cm else rng.choice(("normal", "bold")),
        "axes.titlelocation": rng.choice(("center", "center", "left")),
        "axes.labelsize": text,
        "xtick.labelsize": text,
        "ytick.labelsize": text,
        "legend.fontsize": text,
        "axes.formatter.use_mathtext": is_cm,
        "mathtext.fontset": "cm",
        "axes.unicode_minus": False,
    }


def _squash(pixels: np.ndarray) -> np.ndarray:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((TILE, TILE), Image.Resampling.BICUBIC))
