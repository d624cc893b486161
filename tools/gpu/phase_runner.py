"""Runs phases one after the other in this process; after one that fails the next is run.

A fault of the device breaks the process: it ends then, and its parent goes on with another.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import torch

from tools.gpu.isolation import note_progress
from tools.gpu.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A function of a module in this folder, and the most seconds that it may take.

    A phase on request has no line in the table.
    """

    module: str
    limit_s: float
    function: str = "measure"
    is_on_request: bool = False

    def load(self) -> Callable[[Workbench], None]:
        """Imports the function only now, so that a missing library fails this phase alone."""
        return getattr(import_module(f"tools.gpu.phases.{self.module}"), self.function)


# They run in this order.
PHASES = {
    "tests": Phase(module="kernel_tests", limit_s=240),
    "ceilings": Phase(module="ceilings", limit_s=90),
    "decode": Phase(module="decode", limit_s=120),
    "prefill": Phase(module="prefill", limit_s=120),
    "vision": Phase(module="vision", limit_s=60),
    "sampling": Phase(module="sampling", limit_s=60),
    "breakdown": Phase(module="breakdown", limit_s=90),
    "engine": Phase(module="engine_steps", limit_s=120),
    "captions": Phase(module="captions", limit_s=150),
    "checkpoint": Phase(module="checkpoint", limit_s=120),
    "fp8": Phase(module="fp8", limit_s=150),
    "serve": Phase(module="serving", limit_s=300),
    "serve_fp8": Phase(module="serving", limit_s=300, function="measure_fp8"),
    "many": Phase(module="serving", limit_s=240, function="measure_many"),
    "videos": Phase(module="videos", limit_s=240, is_on_request=True),
    "budgets": Phase(
        module="captions", limit_s=300, function="measure_budgets", is_on_request=True
    ),
}


def main() -> None:
    """Exits 0 when every phase was tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("phases", nargs="+", choices=PHASES)
    for flag in ("--sizes", "--device"):
        parser.add_argument(flag, required=True)
    for flag in ("--out", "--work"):
        parser.add_argument(flag, type=Path, required=True)
    args = parser.parse_args()
    bench = Workbench(sizes=args.sizes, device=args.device, out=args.out, work=args.work)
    for name in args.phases:
        _run(name, bench)


def _run(name: str, bench: Workbench) -> None:
    start = time.monotonic()
    note_progress(bench.out, name, "started")
    print(f"== {name}", flush=True)
    try:
        PHASES[name].load()(bench)
    except Exception:  # noqa: BLE001 - the other phases must run
        traceback.print_exc()
        note_progress(bench.out, name, "failed")
        _leave_if_broken(bench)
    else:
        note_progress(bench.out, name, "done")
    bench.free()
    print(f"== {name} took {time.monotonic() - start:.1f} s", flush=True)


def _leave_if_broken(bench: Workbench) -> None:
    """Ends the process if the device only repeats its fault."""
    if bench.device.type != "cuda":
        return
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)


if __name__ == "__main__":
    main()
