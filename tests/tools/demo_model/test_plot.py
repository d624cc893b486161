import re
from pathlib import Path

import pytest

from tools.demo_model.plot import draw, main

ROOT = Path(__file__).parents[3]


def test_a_falling_loss_is_a_falling_line() -> None:
    svg = draw([[(0, 10.0), (1000, 1.0), (2000, 0.1)], [(0, 1.0), (2000, 1.0)]])
    falling, level = (
        [tuple(map(float, point.split(","))) for point in points.split()]
        for points in re.findall(r'points="([^"]*)"', svg)
    )
    (left, top), (middle, half), (right, bottom) = falling
    assert left < middle < right
    # Downwards is more of y, and a tenth is as far from a tenth as from the whole.
    assert half - top == bottom - half > 0
    assert level[0][1] == level[1][1]


def test_what_was_not_trained_has_no_curve() -> None:
    svg = draw([[(0, 10.0), (1000, 1.0)], []])
    assert svg.count("<polyline") == 1


@pytest.mark.parametrize("run", ["first", "second", "third", "fourth", "fifth", "seventh", "long"])
def test_the_documented_plot_is_the_documented_log_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: str
) -> None:
    folder = ROOT / "docs" / "training" / run
    monkeypatch.setattr("sys.argv", ["plot", str(folder / "log.csv"), str(tmp_path / "loss.svg")])
    main()
    assert (tmp_path / "loss.svg").read_text() == (folder / "loss.svg").read_text()
