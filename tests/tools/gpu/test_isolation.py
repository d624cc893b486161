"""Phases in processes that die, hang or fail, played by a script."""

import sys
import time
from pathlib import Path

import pytest

from tests.processes import is_alive
from tools.gpu.isolation import read_progress, run_isolated

PHASES = """
import os, subprocess, sys, time
from pathlib import Path
from tools.gpu.isolation import note_progress
out = Path(sys.argv[1])
for name in sys.argv[2:]:
    if name == "hang":
        child = subprocess.Popen(["sleep", "600"])
        (out / "pid").write_text(str(child.pid))
    note_progress(out, name, "started")
    if name == "fault":
        os._exit(1)
    if name == "hang":
        time.sleep(600)
    note_progress(out, name, "done")
"""


def run(out: Path, *phases: str, limit_s: float = 60.0, in_s: float = 120.0) -> list[str]:
    command = [sys.executable, "-c", PHASES, str(out)]
    limits_s = dict.fromkeys(phases, limit_s)
    return run_isolated(command, limits_s, out=out, deadline_s=time.monotonic() + in_s)


def test_a_process_that_lives_runs_all_phases(tmp_path: Path) -> None:
    assert run(tmp_path, "one", "two") == []
    assert read_progress(tmp_path) == {"one": "done", "two": "done"}


def test_phases_after_a_fault_are_left(tmp_path: Path) -> None:
    assert run(tmp_path, "one", "fault", "two", "three") == ["two", "three"]
    assert run(tmp_path, "two", "three") == []
    assert read_progress(tmp_path) == {
        "one": "done",
        "fault": "started",
        "two": "done",
        "three": "done",
    }


def test_phases_after_a_hang_are_left(tmp_path: Path) -> None:
    assert run(tmp_path, "hang", "two", limit_s=3.0) == ["two"]


def test_children_of_a_killed_phase_are_killed_too(tmp_path: Path) -> None:
    run(tmp_path, "hang", limit_s=3.0)
    pid = int((tmp_path / "pid").read_text())
    deadline_s = time.monotonic() + 30
    # The signal has been sent; on a busy machine it takes a moment to arrive.
    while is_alive(pid) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert not is_alive(pid)


def test_the_deadline_ends_a_phase_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.monotonic

    def clock() -> float:
        """Passes the deadline as soon as the phase is started."""
        return real() + (1000.0 if read_progress(tmp_path) else 0.0)

    monkeypatch.setattr(time, "monotonic", clock)
    assert run(tmp_path, "hang", "two", limit_s=1e6) == ["two"]


@pytest.mark.parametrize("script", ["import sys; sys.exit(1)", "import absent_module"])
def test_a_process_that_cannot_begin_is_not_tried_again(tmp_path: Path, script: str) -> None:
    command = [sys.executable, "-c", script]
    deadline_s = time.monotonic() + 60
    assert run_isolated(command, {"one": 60.0}, out=tmp_path, deadline_s=deadline_s) == []
