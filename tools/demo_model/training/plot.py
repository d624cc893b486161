"""Draws the losses of training runs, each beside its log.csv as loss.svg.

python -m tools.demo_model.training.plot FOLDER...
"""

# pyright: reportMissingImports=false
# matplotlib is a requirement of what draws alone.

import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

# The losses of so many rows are averaged: single minibatches differ much.
_AVERAGED = 5
_CURVES = {"loss": "answers, nats a token", "label_loss": "what each patch shows"}
# Text as text, and the same names of elements in each drawing.
_SMALL_AND_REPEATABLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "loss",
    "path.simplify": True,
}


def main() -> None:
    for folder in map(Path, sys.argv[1:]):
        with mpl.rc_context(_SMALL_AND_REPEATABLE):
            draw(folder / "log.csv").savefig(folder / "loss.svg", metadata={"Date": None})


def draw(log: Path) -> Figure:
    """Losses on a logarithmic axis over steps."""
    rows = np.genfromtxt(log, delimiter=",", names=True)
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    ends = range(_AVERAGED, len(rows) + _AVERAGED, _AVERAGED)
    stretches = [rows[end - _AVERAGED : end] for end in ends]
    for name, about in _CURVES.items():
        # What was not trained has a loss of zero throughout, for which the axis has no place.
        if rows[name].any():
            losses = [stretch[name].mean() for stretch in stretches]
            axes.semilogy([stretch["step"][-1] for stretch in stretches], losses, label=about)
    axes.set_xlabel("step")
    axes.grid(visible=True)
    axes.legend()
    return figure


if __name__ == "__main__":
    main()
