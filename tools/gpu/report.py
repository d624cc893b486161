"""Measures everything in one call and prints one table: `python -m tools.gpu.report --help`.

Phases run in processes of their own, so that neither a fault of the device nor a kernel that hangs
takes the others with it. Numbers, logs and kernel lists lie under --out whatever happens.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import torch

from tools.gpu.isolation import PROGRESS_FILE, read_progress, run_isolated
from tools.gpu.phase_runner import PHASES
from tools.gpu.sizes import SIZES_BY_NAME
from tools.gpu.table import markdown, title
from tools.gpu.workbench import RESULTS_FILE, read_results


def main() -> int:
    """Exits 1 when a phase failed or did not run."""
    args = _arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    args.work.mkdir(parents=True, exist_ok=True)
    for name in (RESULTS_FILE, PROGRESS_FILE):
        (args.out / name).unlink(missing_ok=True)
    deadline_s = time.monotonic() + args.budget_s
    flags = [f"--{name}={getattr(args, name)}" for name in ("sizes", "device", "out", "work")]
    command = [sys.executable, "-m", "tools.gpu.phase_runner", *flags]
    wanted = [name for name in PHASES if name in args.phases and name not in args.skip]
    left = wanted
    while left and time.monotonic() < deadline_s:
        limits_s = {name: PHASES[name].limit_s for name in left}
        left = run_isolated(command, limits_s, out=args.out, deadline_s=deadline_s)
    if left:
        print(f"== out of time, not run: {' '.join(left)}", flush=True)
    states = read_progress(args.out)
    _print(args, states)
    return 0 if all(states.get(name) == "done" for name in wanted) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", choices=SIZES_BY_NAME, default="full")
    parser.add_argument("--device", default="cuda")
    usual = [name for name, phase in PHASES.items() if not phase.is_on_request]
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=usual, metavar="NAME")
    parser.add_argument("--skip", nargs="+", choices=PHASES, default=[], metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("build/gpu"), help="numbers and logs")
    work = Path(tempfile.gettempdir()) / "nemotron-vl-gpu"
    parser.add_argument("--work", type=Path, default=work, help="checkpoints, 25 GB")
    parser.add_argument("--budget-s", type=float, default=560.0, help="most seconds in all")
    return parser.parse_args()


def _print(args: argparse.Namespace, states: Mapping[str, str]) -> None:
    results = read_results(args.out)
    device, date = _device_name(args.device), datetime.now(UTC).date().isoformat()
    values = {key: result.value for key, result in results.items()}
    summary = {
        "sizes": args.sizes,
        "device": device,
        "date": date,
        "phases": states,
        "results": values,
    }
    (args.out / "report.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    # The peer and the floors are for the full model on a GPU.
    is_comparable = args.sizes == "full" and not args.device.startswith("cpu")
    heading = title(sizes=args.sizes, device=device, date=date)
    table = f"{heading}\n\n{markdown(results, is_comparable=is_comparable)}"
    (args.out / "report.md").write_text(table, encoding="utf-8")
    print(f"\n{table}\n{' '.join(f'{name}:{state}' for name, state in states.items())}")


def _device_name(device: str) -> str:
    """The device's name, even if the device has never answered."""
    if device.startswith("cuda") and (torch.device(device).index or 0) < torch.cuda.device_count():
        return torch.cuda.get_device_name(device)
    return f"{device} ({platform.machine()})"


if __name__ == "__main__":
    sys.exit(main())
