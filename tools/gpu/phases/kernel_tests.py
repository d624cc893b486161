"""The tests that need the device, and those of the kernels, in a process of their own."""

import subprocess
import sys
from importlib.util import find_spec

from tools.gpu.workbench import Workbench

_TIMEOUT_S = 115
# Most of the time goes to the compiler. The engine's tests measure memory and must run alone.
_WORKERS = ("-n", "6") if find_spec("xdist") else ()
_SUITES = {
    "kernels": ("tests/inference_server/ops", *_WORKERS),
    "gpu": ("-m", "gpu", "tests/inference_server"),
}


def measure(bench: Workbench) -> None:
    """Raises RuntimeError when a test failed."""
    failed: list[str] = []
    pytest = (sys.executable, "-m", "pytest", "-q", "-W", "default", "-p", "no:cacheprovider")
    for name, arguments in _SUITES.items():
        log = bench.out / f"tests_{name}.txt"
        with log.open("wb") as file:
            try:
                status = subprocess.run(
                    [*pytest, *arguments],
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    timeout=_TIMEOUT_S,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                status = -1
        print("\n".join(log.read_text(errors="replace").splitlines()[-8:]), flush=True)
        bench.record(f"tests.{name}.exit_status", status, "", "-1: took too long")
        if status:
            failed.append(log.name)
    if failed:
        raise RuntimeError(f"tests failed: see {', '.join(failed)}")
