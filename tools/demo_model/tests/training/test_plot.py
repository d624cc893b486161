import shutil
from pathlib import Path

import numpy as np
import pytest

from tools.demo_model.training.plot import draw, main

pytestmark = pytest.mark.drawing

LOGS = Path(__file__).parents[2] / "logs"


def _log(folder: Path, losses: list[tuple[float, float]]) -> Path:
    file = folder / "log.csv"
    rows = [f"{20 * row},{loss},{label_loss}" for row, (loss, label_loss) in enumerate(losses)]
    file.write_text("\n".join(["step,loss,label_loss", *rows]))
    return file


def test_the_mean_of_five_rows_is_a_point(tmp_path: Path) -> None:
    losses = [(10.0, 1.0)] * 5 + [(1.0, 1.0)] * 4 + [(0.5, 1.0)] + [(0.1, 1.0)]
    axes = draw(_log(tmp_path, losses)).axes[0]
    falling, level = (np.asarray(line.get_xydata()) for line in axes.lines)
    assert axes.get_yscale() == "log"
    np.testing.assert_allclose(falling, [(80, 10.0), (180, 0.9), (200, 0.1)])
    np.testing.assert_allclose(level[:, 1], 1.0)


def test_what_was_not_trained_has_no_curve(tmp_path: Path) -> None:
    assert len(draw(_log(tmp_path, [(10.0, 0.0), (1.0, 0.0)])).axes[0].lines) == 1


@pytest.mark.parametrize("run", ["first", "second", "third", "fourth", "fifth", "seventh", "long"])
def test_the_documented_plot_is_the_documented_log_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: str
) -> None:
    shutil.copy(LOGS / run / "log.csv", tmp_path)
    monkeypatch.setattr("sys.argv", ["plot", str(tmp_path)])
    main()
    assert (tmp_path / "loss.svg").read_text() == (LOGS / run / "loss.svg").read_text()
