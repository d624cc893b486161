"""Runs phases one after the other in this process; one that fails does not keep back the next.

A fault of the device spoils the process: it ends then, and whoever started it goes on with another.
"""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import torch

from tools.gpu import (
    breakdown,
    captions,
    ceilings,
    checkpoint,
    decode,
    engine_steps,
    kernel_tests,
    prefill,
    sampling,
    serving,
    vision,
)
from tools.gpu.workbench import Workbench

# In the order in which they run, each with the most seconds that it may take.
PHASES: dict[str, tuple[Callable[[Workbench], None], float]] = {
    "tests": (kernel_tests.measure, 240),
    "ceilings": (ceilings.measure, 90),
    "decode": (decode.measure, 120),
    "prefill": (prefill.measure, 120),
    "vision": (vision.measure, 60),
    "sampling": (sampling.measure, 60),
    "breakdown": (breakdown.measure, 90),
    "engine": (engine_steps.measure, 120),
    "captions": (captions.measure, 150),
    "checkpoint": (checkpoint.measure, 120),
    "serve": (serving.measure, 300),
    "serve_fp8": (serving.measure_fp8, 300),
    "many": (serving.measure_many, 240),
}
PROGRESS_FILE = "phases.jsonl"


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
    _note(bench, name, "started")
    print(f"== {name}", flush=True)
    try:
        measure, _ = PHASES[name]
        measure(bench)
    except torch.AcceleratorError:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    except Exception:  # noqa: BLE001 - whatever it is, the other phases are still worth their time
        traceback.print_exc()
        _note(bench, name, "failed")
    else:
        _note(bench, name, "done")
    bench.free()
    print(f"== {name} took {time.monotonic() - start:.1f} s", flush=True)


def _note(bench: Workbench, name: str, state: str) -> None:
    with (bench.out / PROGRESS_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"phase": name, "state": state}) + "\n")


if __name__ == "__main__":
    main()
