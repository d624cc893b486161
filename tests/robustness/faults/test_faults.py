"""What breaks around the servers, and what callers notice of it."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from nemotron_vl import Client

from tests.e2e.support.serving import TIMEOUT_S, Serving, wait_for
from tests.raw_http2 import RawConnection
from tests.robustness.support.bystander import bystander

_FEW_DESCRIPTORS = 64


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    with Serving(tmp_path, "--mock-tokens-per-s", "50", ENABLE_MOCK_INFERENCE="1") as serving:
        yield serving.until_ready()


def is_ready(serving: Serving) -> bool:
    with suppress(OSError):
        return serving.get("/v1/health/ready")[0] == 200
    return False


def answers(serving: Serving) -> bool:
    """Whether a question gets its answer over HTTP, and with it from the server behind."""
    body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}
    with suppress(OSError):
        return serving.chat(body)[0] == 200
    return False


@pytest.mark.parametrize("path", [b"/x\xff", b"\xff\xfe", b"/\xc0\x80/x", b"", b"/" + b"\x80" * 90])
def test_calls_of_paths_that_are_no_text(mock: Serving, path: bytes) -> None:
    with bystander(mock.http_port, mock.address) as waits:
        for _ in range(20):
            with RawConnection(mock.address) as connection:
                connection.open_call(path, ends=True)
    waits.check()


def test_the_end_of_the_supervisor_cuts_no_answer(serving: Serving) -> None:
    with Client(serving.address, timeout_s=TIMEOUT_S) as client:
        streams = [client.stream("Hello", max_tokens=50, ignore_eos=True) for _ in range(60)]
        for stream in streams:
            next(stream)
        serving.process.kill()
        ends = [[event.WhichOneof("event") for event in stream][-1] for stream in streams]
    assert ends == ["ended"] * len(streams)


@pytest.mark.parametrize("name", ["http_gateway", "inference_server"])
def test_a_process_without_descriptors_recovers(serving: Serving, name: str) -> None:
    port = serving.http_port if name == "http_gateway" else serving.grpc_port
    pid = serving.children()[name]
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (_FEW_DESCRIPTORS, limits[1]))
    with ExitStack() as stack:
        for _ in range(2 * _FEW_DESCRIPTORS):
            with suppress(OSError):
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=1))
        wait_for(lambda: _num_descriptors(pid) >= _FEW_DESCRIPTORS - 2)
    serving.wait_for(lambda: is_ready(serving))
    with Client(serving.address, timeout_s=TIMEOUT_S) as client:
        assert client.generate("Hello", max_tokens=1).choices


def _num_descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@pytest.mark.parametrize("redirect", [">/dev/full 2>&1", ">&- 2>&-", ">/dev/null 2>&-"])
def test_output_that_takes_nothing(tmp_path: Path, redirect: str) -> None:
    """A full disk, and output that is closed from the start."""
    with Serving(tmp_path, ENABLE_MOCK_INFERENCE="1", redirect=redirect) as serving:
        serving.wait_for(lambda: is_ready(serving))
        for _ in range(50):
            assert answers(serving)


def test_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    """Each answer is a line of the log; the pipe holds some hundred."""
    with Serving(tmp_path, ENABLE_MOCK_INFERENCE="1", is_read=False) as serving:
        serving.wait_for(lambda: is_ready(serving))
        for _ in range(1500):
            assert answers(serving)
