"""Runs phases in a process that may die; another process can run those that are left.

The process notes each phase as it starts and ends in PROGRESS_FILE.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PROGRESS_FILE = "phases.jsonl"
_POLL_PERIOD_S = 0.2
_START_TIMEOUT_S = 90.0


def run_isolated(
    command: Sequence[str], limits_s: Mapping[str, float], *, out: Path, deadline_s: float
) -> list[str]:
    """Runs the command with the phases' names appended, in the order of `limits_s`.

    Kills it when a phase takes longer than its limit, or at the deadline of the monotonic clock.
    Returns the phases that are still to be run.
    """
    child = subprocess.Popen([*command, *limits_s], process_group=0)
    try:
        _watch(child, limits_s, out, deadline_s)
    finally:
        # With its children: a server left behind would keep the device busy.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    progress = read_progress(out)
    # A process that did not reach its first phase would not the next time either.
    if not progress.keys() & limits_s.keys():
        return []
    return [name for name in limits_s if name not in progress]


def note_progress(out: Path, phase: str, state: str) -> None:
    """Notes that a phase is started, done or failed."""
    with (out / PROGRESS_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"phase": phase, "state": state}) + "\n")


def read_progress(out: Path) -> dict[str, str]:
    """The last state of each phase that was started, in order of their starts."""
    file = out / PROGRESS_FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    notes = [json.loads(line) for line in lines]
    return {note["phase"]: note["state"] for note in notes}


def _watch(
    child: subprocess.Popen[bytes], limits_s: Mapping[str, float], out: Path, deadline_s: float
) -> None:
    """Returns when the child has ended or must be killed."""
    current: str | None = None
    since_s = time.monotonic()
    while child.poll() is None:
        started = [name for name in read_progress(out) if name in limits_s]
        if started and started[-1] != current:
            current, since_s = started[-1], time.monotonic()
        now_s = time.monotonic()
        limit_s = limits_s[current] if current else _START_TIMEOUT_S
        if now_s - since_s > limit_s or now_s > deadline_s:
            print(f"== {current} takes too long: killed", flush=True)
            return
        time.sleep(_POLL_PERIOD_S)
