"""The inference server and the gateway as processes, under loads from `nemotron-vl bench`."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self

from tools.gpu.workbench import Workbench

_READY_TIMEOUT_S = 240.0
_STOP_TIMEOUT_S = 20.0
_POLL_PERIOD_S = 0.05
_LOAD_TIMEOUT_S = 240.0

# The command's own code, which works if the distribution is not installed too.
_BENCH = """\
import argparse, sys
from nemotron_vl.cli import bench
parser = argparse.ArgumentParser()
bench.add_arguments(parser)
sys.exit(bench.run(parser.parse_args()))
"""


class Servers:
    """Both servers while the context lasts; `flags` are for the inference server."""

    def __init__(self, bench: Workbench, name: str, *flags: str) -> None:
        self._bench = bench
        self._name = name
        self.grpc_port, self.http_port = _free_ports()
        self.start_s = time.perf_counter()
        model = ("--model", str(bench.checkpoint), "--device", str(bench.device))
        grpc = ("--grpc-port", str(self.grpc_port))
        backend = ("--backend", f"127.0.0.1:{self.grpc_port}", "--port", str(self.http_port))
        self._processes = {
            "server": self._start("inference_server", *model, *grpc, *flags),
            "gateway": self._start("http_gateway", *backend),
        }

    def until_ready(self) -> float:
        """Returns the seconds from the start. Raises RuntimeError if a process ends before."""
        while not self._is_ready():
            for role, process in self._processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"the {role} ended:\n{self._log_end(process)}")
            if time.perf_counter() - self.start_s > _READY_TIMEOUT_S:
                raise RuntimeError(f"not ready:\n{self._log_end(self._processes['server'])}")
            time.sleep(_POLL_PERIOD_S)
        return time.perf_counter() - self.start_s

    def load(self, name: str, *flags: str) -> dict[str, Any]:
        """Runs a load; records and returns its numbers."""
        out = self._bench.out / f"{self._name}_{name}.json"
        url = f"http://127.0.0.1:{self.http_port}/v1"
        to = ("--url", url, "--address", f"127.0.0.1:{self.grpc_port}", "--out", str(out))
        before_s = self._cpu_s()
        done = subprocess.run(
            [sys.executable, "-c", _BENCH, *to, *flags],
            env=_environ(),
            capture_output=True,
            text=True,
            timeout=_LOAD_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            print(f"-- {name}\n{done.stdout}{done.stderr}", flush=True)
        numbers = json.loads(out.read_text(encoding="utf-8"))
        key = f"{self._name}.{name}"
        self._record(key, numbers)
        for role, after_s in self._cpu_s().items():
            share = (after_s - before_s[role]) / max(numbers["duration_s"], 1e-9)
            self._bench.keep(f"{key}.cpu.{role}", share, "cores")
        return numbers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for process in reversed(self._processes.values()):
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _record(self, key: str, numbers: dict[str, Any]) -> None:
        keep = self._bench.keep
        told = [f"{numbers['output_tokens_per_s']:.0f} tok/s"]
        keep(f"{key}.tokens", numbers["output_tokens_per_s"], "tok/s")
        for name in ("first_token", "inter_token", "gap", "end_to_end"):
            if (spread := numbers[f"{name}_ms"]) is not None:
                told.append(f"{name} {spread['p50']:.1f} max {spread['max']:.1f}")
                keep(f"{key}.{name}", spread["p50"], "ms", "p50")
                keep(f"{key}.{name}.max", spread["max"], "ms")
        if failed := numbers["num_requests"] - numbers["num_succeeded"]:
            told.append(f"{failed} FAILED")
        self._bench.record(f"{key}.requests", numbers["requests_per_s"], "req/s", ", ".join(told))

    def _start(self, module: str, *flags: str) -> subprocess.Popen[bytes]:
        with self._log(module).open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *flags],
                env=_environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _log(self, module: str) -> Path:
        return self._bench.out / f"{self._name}_{module}.log"

    def _log_end(self, process: subprocess.Popen[bytes]) -> str:
        args = process.args
        assert isinstance(args, list)
        return self._log(str(args[2])).read_text(errors="replace")[-3000:]

    def _is_ready(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.http_port, timeout=2.0)
        try:
            connection.request("GET", "/v1/health/ready")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _cpu_s(self) -> dict[str, float]:
        """CPU seconds of each process so far, without those of children that have ended."""
        tick_s = 1 / os.sysconf("SC_CLK_TCK")
        used: dict[str, float] = {}
        for role, process in self._processes.items():
            stat = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            used[role] = (int(stat[11]) + int(stat[12])) * tick_s
        return used


def _environ() -> dict[str, str]:
    """Our environment, with the packages of this tree, which need not be installed."""
    paths = [str(Path.cwd()), str(Path.cwd() / "clients/python"), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
