"""Measures everything in one call and prints one table: `python -m tools.gpu.report --help`.

Phases run in processes of their own, so that neither a fault of the device nor a kernel that hangs
takes the others with it. Numbers, logs and kernel lists lie under --out whatever happens.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tools.gpu.phases import PHASES, PROGRESS_FILE
from tools.gpu.sizes import SIZES_BY_NAME
from tools.gpu.table import markdown
from tools.gpu.workbench import RESULTS_FILE, read_results

_POLL_PERIOD_S = 0.2
_START_TIMEOUT_S = 90.0


def main() -> None:
    args = _arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    args.work.mkdir(parents=True, exist_ok=True)
    for name in (RESULTS_FILE, PROGRESS_FILE):
        (args.out / name).unlink(missing_ok=True)
    deadline = time.monotonic() + args.budget_s
    left = [name for name in PHASES if name in args.phases and name not in args.skip]
    while left:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            print(f"== out of time, not run: {' '.join(left)}", flush=True)
            break
        left = _run(left, args, deadline)
    _print(args)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", choices=SIZES_BY_NAME, default="full")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=list(PHASES), metavar="NAME")
    parser.add_argument("--skip", nargs="+", choices=PHASES, default=[], metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("build/gpu"), help="numbers and logs")
    work = Path(tempfile.gettempdir()) / "nemotron-vl-gpu"
    parser.add_argument("--work", type=Path, default=work, help="checkpoints, 25 GB")
    parser.add_argument("--budget-s", type=float, default=560.0, help="most seconds in all")
    return parser.parse_args()


def _run(phases: Sequence[str], args: argparse.Namespace, deadline: float) -> list[str]:
    """Runs phases in one process for as long as it lives; those still to be run after it."""
    flags = [f"--{name}={getattr(args, name)}" for name in ("sizes", "device", "out", "work")]
    child = subprocess.Popen([sys.executable, "-m", "tools.gpu.phases", *flags, *phases])
    current: str | None = None
    since = time.monotonic()
    while child.poll() is None:
        time.sleep(_POLL_PERIOD_S)
        started = _started(args.out, phases)
        if started and started[-1] != current:
            current, since = started[-1], time.monotonic()
        now = time.monotonic()
        limit_s = PHASES[current].limit_s if current else _START_TIMEOUT_S
        if now - since > limit_s or now > deadline:
            print(f"== {current} takes too long: killed", flush=True)
            child.kill()
            child.wait()
    # One that never came to its first phase would not the next time either.
    done = _started(args.out, phases) or list(phases)
    return [name for name in phases if name not in done]


def _started(out: Path, phases: Sequence[str]) -> list[str]:
    file = out / PROGRESS_FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    notes = [json.loads(line) for line in lines]
    return [n["phase"] for n in notes if n["state"] == "started" and n["phase"] in phases]


def _print(args: argparse.Namespace) -> None:
    results = read_results(args.out)
    file = args.out / PROGRESS_FILE
    states = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        note = json.loads(line)
        states[note["phase"]] = note["state"]
    values = {key: result.value for key, result in results.items()}
    summary = {"sizes": args.sizes, "phases": states, "results": values}
    (args.out / "report.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    table = markdown(results)
    (args.out / "report.md").write_text(table, encoding="utf-8")
    print(f"\n{table}\n{' '.join(f'{name}:{state}' for name, state in states.items())}")


if __name__ == "__main__":
    main()
