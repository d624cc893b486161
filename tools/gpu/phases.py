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
    decode,
    engine_steps,
    kernel_tests,
    prefill,
    sampling,
    vision,
)
from tools.gpu.workbench import Workbench

PHASES: dict[str, Callable[[Workbench], None]] = {
    "tests": kernel_tests.measure,
    "ceilings": ceilings.measure,
    "decode": decode.measure,
    "prefill": prefill.measure,
    "vision": vision.measure,
    "sampling": sampling.measure,
    "breakdown": breakdown.measure,
    "engine": engine_steps.measure,
    "captions": captions.measure,
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
        PHASES[name](bench)
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
