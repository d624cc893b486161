"""A client that goes on asking small questions while others attack, and how long each took it.

It is a process of its own, so that an attack that keeps the test's interpreter busy does not keep
it waiting.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread

from nemotron_vl import Client, NemotronError

_TIMEOUT_S = 120.0
_PERIOD_S = 0.02
_IDLE_S = 0.5

# An idle server answers in 1 to 20 ms. Ratios are to this where it is faster.
_MIN_IDLE_S = 0.01


@dataclass
class Waits:
    """The seconds of each answer by what was asked, and what was refused."""

    idle_s: dict[str, float]
    busy_s: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    failures: list[str] = field(default_factory=list[str])

    def check(self, max_ratio: float = 100.0) -> None:
        """Fails if anything was refused, or took so many times longer than from an idle server."""
        assert not self.failures, self.failures[:3]
        for name, waits in self.busy_s.items():
            idle_s, longest_s = self.idle_s[name], max(waits, default=0.0)
            text = f"{name}: {longest_s:.3f} s beside the attack, {idle_s:.3f} s without it"
            sys.stdout.write(f"{text}\n")
            assert longest_s <= max_ratio * max(idle_s, _MIN_IDLE_S), text


@contextmanager
def bystander(http_port: int, address: str) -> Iterator[Waits]:
    """Asks meanwhile. The attack begins when the body of the context does, and ends with it."""
    command = [sys.executable, "-m", __name__, str(http_port), address]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            waits = Waits(idle_s=json.loads(process.stdout.readline()))
            yield waits
        finally:
            process.stdin.close()
        waits.busy_s, waits.failures = json.loads(process.stdout.readline())


class _Asker:
    """Asks one thing again and again in a thread of its own."""

    def __init__(self, ask: Callable[[], str | None]) -> None:
        self.waits_s: list[float] = []
        self.failures: list[str] = []
        self._ask = ask
        self._is_over = Event()
        self._thread = Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.is_set():
            start_s = time.monotonic()
            try:
                failure = self._ask()
            except (NemotronError, OSError, HTTPException) as error:
                failure = repr(error)
            self.waits_s.append(time.monotonic() - start_s)
            if failure:
                self.failures.append(failure)
            time.sleep(_PERIOD_S)


def _get(connection: HTTPConnection, path: str) -> str | None:
    connection.request("GET", path)
    return _failure(connection)


def _chat(connection: HTTPConnection) -> str | None:
    body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 2}
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    return _failure(connection)


def _failure(connection: HTTPConnection) -> str | None:
    response = connection.getresponse()
    text = response.read()
    return None if response.status == 200 else f"{response.status} {text[:200]!r}"


def _askers(http_port: int, client: Client) -> dict[str, _Asker]:
    def connection() -> HTTPConnection:
        return HTTPConnection("127.0.0.1", http_port, timeout=_TIMEOUT_S)

    chat, ready = connection(), connection()

    def generate() -> None:
        client.generate("Hello", max_tokens=2)

    def model() -> None:
        client.model()

    return {
        "HTTP chat": _Asker(lambda: _chat(chat)),
        "HTTP ready": _Asker(lambda: _get(ready, "/v1/health/ready")),
        "gRPC Generate": _Asker(generate),
        "gRPC GetModel": _Asker(model),
    }


def main(http_port: int, address: str) -> None:
    """Writes how long idle waits are and, once its standard input ends, all later waits."""
    with Client(address, timeout_s=_TIMEOUT_S) as client:
        askers = _askers(http_port, client)
        for asker in askers.values():
            asker.start()
        time.sleep(_IDLE_S)
        idle = {name: statistics.median(asker.waits_s) for name, asker in askers.items()}
        num_idle = {name: len(asker.waits_s) for name, asker in askers.items()}
        _report(idle)
        sys.stdin.read()
        for asker in askers.values():
            asker.end()
    busy = {name: asker.waits_s[num_idle[name] :] for name, asker in askers.items()}
    failures = [f"{name}: {failure}" for name, a in askers.items() for failure in a.failures]
    _report([busy, failures])


def _report(value: object) -> None:
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
