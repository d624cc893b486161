"""The tests that need the device, and those of the kernels, in a process of their own."""

import subprocess
import sys

from tools.gpu.workbench import Workbench

_TIMEOUT_S = 170


def measure(bench: Workbench) -> None:
    pytest = [sys.executable, "-m", "pytest", "-q", "-W", "default", "-p", "no:cacheprovider"]
    suites = {"kernels": ["tests/inference_server/ops/kernels"], "gpu": ["-m", "gpu", "tests"]}
    for name, arguments in suites.items():
        log = bench.out / f"tests_{name}.txt"
        with log.open("wb") as file:
            done = subprocess.run(
                [*pytest, *arguments],
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=_TIMEOUT_S,
                check=False,
            )
        print("\n".join(log.read_text(errors="replace").splitlines()[-12:]), flush=True)
        bench.record(f"tests.{name}.exit_status", done.returncode, "")
