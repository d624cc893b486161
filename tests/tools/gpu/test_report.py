"""The command from its arguments to its files, with phases played by a function."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tools.gpu import report
from tools.gpu.isolation import note_progress
from tools.gpu.table import LINES, markdown
from tools.gpu.workbench import Result


def report_of(monkeypatch: pytest.MonkeyPatch, out: Path, states: Mapping[str, str]) -> int:
    """Runs the command for the phases decode and vision, which end in these states."""

    def run_isolated(
        command: Sequence[str], limits_s: Mapping[str, float], *, out: Path, deadline_s: float
    ) -> list[str]:
        for name, state in states.items():
            note_progress(out, name, state)
        return []

    monkeypatch.setattr(report, "run_isolated", run_isolated)
    flags = ["--sizes=small", "--device=cpu", f"--out={out}", f"--work={out / 'work'}"]
    monkeypatch.setattr("sys.argv", ["report", *flags, "--phases", "decode", "vision"])
    return report.main()


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ({"decode": "done", "vision": "done"}, 0),
        ({"decode": "failed", "vision": "done"}, 1),
        ({"decode": "done", "vision": "started"}, 1),
        ({"decode": "done"}, 1),
        ({}, 1),
    ],
)
def test_a_phase_that_is_not_done_is_status_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, states: Mapping[str, str], status: int
) -> None:
    assert report_of(monkeypatch, tmp_path, states) == status


def test_the_report_names_small_sizes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report_of(monkeypatch, tmp_path, {"decode": "done"})
    summary = json.loads((tmp_path / "report.json").read_text())
    assert summary["sizes"] == "small"
    assert summary["device"].startswith("cpu")
    first, _, header, *_ = (tmp_path / "report.md").read_text().splitlines()
    assert first == f"# small sizes on {summary['device']}, {summary['date']}"
    assert header == "| work | ours |"


def test_only_comparable_numbers_are_shown_beside_the_peer() -> None:
    (line,) = [line for line in LINES if line.key == "vision.13"]
    results = {line.key: Result(key=line.key, value=28.0, unit="ms")}
    row = f"| {line.work} | 28.00 ms |"
    assert row in markdown(results, is_comparable=False).splitlines()
    full = markdown(results, is_comparable=True).splitlines()
    assert f"{row} {line.peer} | {line.floor} | {line.goal} |" in full
