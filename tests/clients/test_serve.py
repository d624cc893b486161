"""`nemotron-vl serve` over two stand-ins for the servers, as processes."""

import base64
import io
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nemotron_vl.cli import main, serve
from PIL import Image

from http_gateway.settings import SETTINGS as GATEWAY
from inference_server.settings import SETTINGS as SERVER
from tests.processes import held_port, is_alive, number_of

FAKES = Path(__file__).parent / "fakes"
ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("nemotron-vl")
TIMEOUT_S = 120


class Serving:
    """A running `nemotron-vl serve` and the diary that its children keep."""

    def __init__(self, folder: Path, *flags: str, redirect: str = "") -> None:
        self.ports = held_port(), held_port()
        self.grpc_port, self.http_port = map(number_of, self.ports)
        self.diary_path = folder / "diary"
        ports = ["--grpc-port", str(self.grpc_port), "--http-port", str(self.http_port)]
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" {redirect}', "sh", COMMAND, "serve", *ports, *flags],
            env={
                **os.environ,
                "PYTHONPATH": f"{FAKES}:{ROOT}:{ROOT}/clients/python",
                "DIARY": str(self.diary_path),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def diary(self) -> list[str]:
        return self.diary_path.read_text().splitlines()

    def has_written(self, words: str) -> bool:
        return self.diary_path.exists() and words in self.diary_path.read_text()

    def pids(self, name: str) -> list[int]:
        return [int(line.split()[2]) for line in self.diary if line.startswith(f"{name} pid")]

    def pid(self, name: str) -> int:
        return next(iter(self.pids(name)))

    def warning(self) -> str:
        """The next line of stderr."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def read_until_ready(self) -> str:
        """The output up to the caption command at its end."""
        assert self.process.stdout is not None
        lines = list[str]()
        for line in self.process.stdout:
            lines.append(line)
            if " caption --address " in line:
                return "".join(lines)
        raise AssertionError(f"ended before it was ready: {self.process.communicate()}")

    def end(self) -> tuple[int, str]:
        """Exit status and what was written to stderr."""
        _, stderr = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, stderr


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    started = list[Serving]()

    def start(*flags: str, redirect: str = "") -> Serving:
        started.append(Serving(tmp_path, *flags, redirect=redirect))
        return started[-1]

    yield start
    for serving in started:
        serving.process.kill()
        serving.process.communicate()
        for port in serving.ports:
            port.close()


def test_says_where_it_is_ready_with_a_curl_that_holds_a_real_image(
    start: Callable[..., Serving],
) -> None:
    serving = start()
    printed = serving.read_until_ready()

    assert f"Ready: fake at http://127.0.0.1:{serving.http_port}/v1" in printed
    assert f"127.0.0.1:{serving.grpc_port} (gRPC)" in printed
    curl = next(line for line in printed.splitlines() if line.strip().startswith("curl"))
    body = json.loads(shlex.split(curl)[-1])
    url = body["messages"][0]["content"][1]["image_url"]["url"]
    image = Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/png;base64,"))))
    assert image.size == (160, 160)
    assert image.convert("RGB").getpixel((40, 80)) == (220, 40, 40)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_the_gateway_first_and_exits_0(
    start: Callable[..., Serving], number: signal.Signals
) -> None:
    serving = start()
    serving.read_until_ready()
    serving.process.send_signal(number)

    status, stderr = serving.end()
    assert status == 0
    assert stderr == "nemotron-vl: stopping when running calls are answered; again to stop now\n"
    assert serving.diary[-2:] == ["gateway stopped", "server stopped"]


def test_without_restarts_a_dead_server_ends_the_gateway(start: Callable[..., Serving]) -> None:
    serving = start("--die", "--restarts", "0")
    status, stderr = serving.end()

    assert status == 3
    assert "the inference server ended with status 3; stopping" in stderr
    assert not _is_alive(serving, "gateway")


def test_without_restarts_a_dead_gateway_ends_the_server(start: Callable[..., Serving]) -> None:
    serving = start("--restarts", "0")
    serving.read_until_ready()
    os.kill(serving.pid("gateway"), signal.SIGKILL)
    status, stderr = serving.end()

    assert status == 1
    assert "the gateway ended with status -9" in stderr
    assert serving.diary[-1] == "server stopped"


@pytest.mark.parametrize(("dead", "other"), [("gateway", "server"), ("server", "gateway")])
def test_dead_child_is_started_again_and_the_other_runs_on(
    start: Callable[..., Serving], dead: str, other: str
) -> None:
    serving = start()
    serving.read_until_ready()
    os.kill(serving.pid(dead), signal.SIGKILL)

    assert f"{dead} ended with status -9; starting it again in 0.5 s" in serving.warning()
    assert serving.warning() == "nemotron-vl: ready again\n"
    assert len(serving.pids(dead)) == 2
    assert len(serving.pids(other)) == 1
    serving.process.terminate()
    assert serving.end()[0] == 0
    assert serving.diary[-2:] == ["gateway stopped", "server stopped"]


def test_child_that_ends_too_often_ends_all(start: Callable[..., Serving]) -> None:
    serving = start("--die", "--restarts", "1")
    status, stderr = serving.end()
    assert status == 3
    assert stderr.count("starting it again") == 1
    assert len(serving.pids("server")) == 2


def test_wrong_setting_is_not_tried_again(start: Callable[..., Serving]) -> None:
    serving = start("--misset")
    status, stderr = serving.end()
    assert status == 2
    assert stderr == "nemotron-vl: the inference server ended with status 2; stopping\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">/dev/full", "2>/dev/full", ">&- 2>&- <&-"])
def test_standard_stream_that_takes_nothing_ends_nothing(
    start: Callable[..., Serving], closed: str
) -> None:
    serving = start(redirect=closed)
    wait_for(lambda: serving.has_written("server pid") and serving.has_written("gateway pid"))
    os.kill(serving.pid("gateway"), signal.SIGKILL)
    wait_for(lambda: len(serving.pids("gateway")) == 2)
    serving.process.terminate()
    assert serving.end()[0] == 0
    assert serving.diary[-1] == "server stopped"


def test_killed_supervisor_leaves_no_orphan(start: Callable[..., Serving]) -> None:
    serving = start()
    serving.read_until_ready()
    serving.process.kill()

    wait_for(lambda: not (_is_alive(serving, "server") or _is_alive(serving, "gateway")))
    assert serving.diary[-2:] == ["gateway stopped", "server stopped"]


def test_flags_find_their_server(start: Callable[..., Serving], tmp_path: Path) -> None:
    flags = ["--model", "m", "--max-num-seqs", "8", "--gateway-max-media", "3", "--mock"]
    keys_file = tmp_path / "keys"
    serving = start(*flags, "--api-keys-file", str(keys_file))
    printed = serving.read_until_ready()

    assert "server flags --max-num-seqs 8 --mock --model m" in serving.diary
    assert f"gateway flags --max-media 3 --api-keys-file {keys_file}" in serving.diary
    assert f"gateway backend 127.0.0.1:{serving.grpc_port}" in serving.diary
    assert "Authorization: Bearer" in printed


@pytest.mark.parametrize("flag", ["--api-key", "--api-keys"])
def test_no_key_on_the_command_line(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", flag, "secret"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"{flag} is refused" in said
    assert "use NEMOTRON_VL_GATEWAY_API_KEYS or --api-keys-file" in said
    assert "secret" not in said


def test_open_host_is_reached_over_loopback(start: Callable[..., Serving]) -> None:
    printed = start("--host", "0.0.0.0", "--grpc-host", "0.0.0.0").read_until_ready()
    assert re.search(r"http://127\.0\.0\.1:\d+/v1 ", printed)


def test_ports_come_from_the_variables_that_the_servers_read() -> None:
    server, gateway = SERVER.settings, GATEWAY.settings
    assert server["grpc_host"].variables == serve.GRPC_HOST_VARIABLES
    assert server["grpc_port"].variables == serve.GRPC_PORT_VARIABLES
    assert gateway["host"].variables == serve.HTTP_HOST_VARIABLES
    assert gateway["port"].variables == serve.HTTP_PORT_VARIABLES
    assert gateway["api_keys"].variables == (serve.API_KEYS_VARIABLE,)
    assert gateway["api_keys_file"].variables == (serve.API_KEYS_FILE_VARIABLE,)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_alive(serving: Serving, name: str) -> bool:
    try:
        pid = serving.pid(name)
    except StopIteration:
        return False  # it was stopped before it could write
    return is_alive(pid)


@pytest.mark.parametrize("flag", ["--grpc-port", "--http-port"])
def test_does_not_announce_the_servers_of_another(flag: str, start: Callable[..., Serving]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        serving = start(flag, str(port))
        status, stderr = serving.end()
    assert status == 1
    assert stderr == f"nemotron-vl: cannot listen on 127.0.0.1:{port}: the port is taken\n"
    assert not serving.diary_path.exists(), "nothing was started"
