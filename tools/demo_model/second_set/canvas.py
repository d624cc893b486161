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
from tools.demo_model.tables import table

Facts = TypeVar("Facts")

_DPI = 100


def draw(
    rng: Random, what: Callable[[Random, Figure], Facts], *, is_plain: bool = False
) -> tuple[np.ndarray, Facts]:
    """The picture as uint8 [512, 512, 3], and what `what` says of it.

    A plain one keeps to a white ground, for drawings that choose their own.
    """
    height = rng.randint(440, 720)
    width = round(height * rng.uniform(0.85, 1.35))
    look = "default" if is_plain else rng.choice(table("second_set")["styles"])
    with style.context(look), rc_context(_typography(rng, height)), warnings.catch_warnings():
        # A long label squeezes its axes; the picture is good all the same.
        warnings.filterwarnings("ignore", message=".*layout not applied.*")
        figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
        canvas = FigureCanvasAgg(figure)
        facts = what(rng, figure)
        canvas.draw()
        image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    return np.asarray(image.resize((TILE, TILE), Image.Resampling.BICUBIC)), facts


def _typography(rng: Random, height: int) -> dict[Any, Any]:
    """Sizes in points that become the wanted pixels once the picture is squashed."""
    points_per_pixel = height / TILE * 72 / _DPI
    text = rng.uniform(13, 18) * points_per_pixel
    family = rng.choice(table("second_set")["families"])
    # The cm fonts have but one weight, and no minus sign of their own.
    is_cm = family.startswith("cm")
    return {
        "font.family": family,
        "font.size": text,
        "axes.titlesize": rng.uniform(19, 28) * points_per_pixel,
        "axes.titleweight": "normal" if is_cm else rng.choice(("normal", "bold")),
        "axes.titlelocation": rng.choice(("center", "center", "left")),
        **dict.fromkeys(_TEXTS_OF_CHARTS, text),
        "axes.formatter.use_mathtext": is_cm,
        "mathtext.fontset": "cm",
        "axes.unicode_minus": False,
    }


_TEXTS_OF_CHARTS = ("axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
