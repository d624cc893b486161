"""`nemotron-vl serve` as a process, its log, and the ways in."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

from tests.processes import held_port, number_of

COMMAND = Path(sys.executable).with_name("nemotron-vl")
MODEL = "nvidia/nemotron-nano-12b-v2-vl"

# Far beyond what anything here takes, so that only what hangs fails by it.
TIMEOUT_S = 120.0
_POLL_PERIOD_S = 0.05
_LOG_BYTES = 8 * 1024


class Serving:
    """Started by the constructor; a context manager that leaves no process behind."""

    # What is started and not yet ended, for the report of a test that fails.
    running: list["Serving"] = []  # noqa: RUF012

    def __init__(
        self, folder: Path, *flags: str, redirect: str = "", is_read: bool = True, **environ: str
    ) -> None:
        """`redirect` is what a shell does with its output, which otherwise goes to the log, or into
        a pipe that nobody reads.
        """
        self.is_mock = "ENABLE_MOCK_INFERENCE" in environ
        self._ports = held_port(), held_port()
        self.grpc_port, self.http_port = map(number_of, self._ports)
        self.log_path = folder / f"serve-{self.http_port}.log"
        ports = ("--grpc-port", str(self.grpc_port), "--http-port", str(self.http_port))
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", f'exec "$@" {redirect}', "sh", COMMAND, "serve", *ports, *flags],
                env=_environ() | environ,
                stdin=subprocess.DEVNULL,
                stdout=log if is_read else subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        Serving.running.append(self)

    @property
    def address(self) -> str:
        """The address of the gRPC server."""
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def url(self) -> str:
        """The URL of the gateway, as the OpenAI clients want it."""
        return f"http://127.0.0.1:{self.http_port}/v1"

    @property
    def log(self) -> str:
        """The end of what the processes wrote."""
        return self.log_path.read_bytes()[-_LOG_BYTES:].decode(errors="replace")

    def until_ready(self) -> Self:
        """Returns once the supervisor said so."""
        self.wait_for(lambda: "\nReady: " in self.log)
        return self

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Fails when the process ends before, or after a long time."""
        wait_for(lambda: condition() or self._ended())

    def _ended(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"ended with status {self.process.returncode}:\n{self.log}")
        return False

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON body of a GET."""
        return self.request("GET", path)

    def text(self, path: str) -> str:
        """The body of a GET that is no JSON."""
        connection = HTTPConnection("127.0.0.1", self.http_port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def chat(self, body: object) -> tuple[int, Any]:
        """Status and JSON body of a chat completion; `body` is JSON already where it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return self.request("POST", "/v1/chat/completions", data, headers)

    def request(
        self,
        method: str,
        path: str,
        data: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] = {},
    ) -> tuple[int, Any]:
        """Status and JSON body of any request; an iterator is sent without a length."""
        connection = HTTPConnection("127.0.0.1", self.http_port, timeout=TIMEOUT_S)
        try:
            is_chunked = isinstance(data, Iterator)
            connection.request(method, path, data, dict(headers), encode_chunked=is_chunked)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        finally:
            connection.close()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """The exit status, once it is there."""
        status = self.process.wait(TIMEOUT_S)
        for port in self._ports:
            port.close()
        if self.process.stdout:
            self.process.stdout.close()
        if self in Serving.running:
            Serving.running.remove(self)
        return status

    def children(self) -> dict[str, int]:
        """Process ids of the two servers by their modules' names."""
        found: dict[str, int] = {}
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in path.read_text().split():
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            found[words[words.index(b"-m") + 1].decode()] = int(pid)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Ends at once what is still there; tests of a clean end call `end` themselves."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()  # the kernel then stops the children
        self.end()


def wait_for(condition: Callable[[], bool]) -> None:
    """Polls until it holds."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(_POLL_PERIOD_S)


def _environ() -> dict[str, str]:
    """The environment without the settings of the person who runs the tests."""
    own = ("NEMOTRON_VL_", "NIM_", "ENABLE_MOCK_INFERENCE", "OPENAI_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    # A pool of threads for matrices this small costs far more than it gains.
    return environ | {"OMP_NUM_THREADS": "1"}
