"""The commands caption, chat and health, as processes, against a server."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2

from tests.clients.fake_server import MAX_IMAGE_BYTES, FakeServer

NOWHERE = "127.0.0.1:1"
COMMAND = Path(sys.executable).with_name("nemotron-vl")


def run(*args: str | Path, address: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *args],
        env={**os.environ, "NEMOTRON_VL_ADDRESS": address},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def image_paths(tmp_path: Path) -> list[Path]:
    """Four files of 1 to 4 bytes."""
    paths = [tmp_path / f"{size}.png" for size in range(1, 5)]
    for size, path in enumerate(paths, start=1):
        path.write_bytes(b"x" * size)
    return paths


def test_captions_go_to_stdout_in_batches_that_fit(
    server: FakeServer, image_paths: list[Path]
) -> None:
    done = run("caption", "--prompt", "see", *image_paths, address=server.address)

    expected = {f"{path}: see <{size} bytes>" for size, path in enumerate(image_paths, start=1)}
    assert set(done.stdout.splitlines()) == expected
    assert (done.returncode, done.stderr) == (0, "")
    assert server.batch_sizes == [3, 1]


def test_batches_are_cut_by_bytes_too(server: FakeServer, tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for path in paths:
        path.write_bytes(b"x" * 1500)
    assert run("caption", *paths, address=server.address).returncode == 0
    assert server.batch_sizes == [2, 1]


def test_failed_image_paths_are_reported_one_by_one(
    server: FakeServer, image_paths: list[Path], tmp_path: Path
) -> None:
    missing, broken, huge = tmp_path / "missing.png", tmp_path / "broken.png", tmp_path / "huge.png"
    broken.write_bytes(b"broken")
    huge.write_bytes(b"x" * (MAX_IMAGE_BYTES + 1))
    done = run("caption", image_paths[0], missing, broken, huge, address=server.address)

    assert done.returncode == 1
    assert done.stdout.startswith(f"{image_paths[0]}: ")
    assert set(done.stderr.splitlines()) == {
        f"{missing}: No such file or directory",
        f"{broken}: not an image",
        f"{huge}: larger than {MAX_IMAGE_BYTES} bytes",
    }


def test_json_lines_hold_caption_or_error(
    server: FakeServer, image_paths: list[Path], tmp_path: Path
) -> None:
    missing = tmp_path / "missing.png"
    args = ("--json", "--prompt", "see", "--max-tokens", "9", "--tiles", "2", "--temperature", "0")
    done = run("caption", *args, image_paths[0], missing, address=server.address)

    record_by_path = {
        record["path"]: record for record in map(json.loads, done.stdout.splitlines())
    }
    assert record_by_path[str(image_paths[0])] == {
        "path": str(image_paths[0]),
        "caption": "see <1 bytes> ",
        "finish_reason": "stop",
        "prompt_tokens": 7,
        "completion_tokens": 2,
    }
    assert record_by_path[str(missing)]["error"] == "No such file or directory"
    generation = server.generations[0]
    assert (generation.sampling.max_tokens, generation.sampling.temperature) == (9, 0)
    assert generation.messages[0].parts[1].image.max_tiles == 2


def test_chat_reads_messages_from_a_pipe(server: FakeServer, image_paths: list[Path]) -> None:
    stdin = f"hello there\n\n/image {image_paths[1]}\nand this\n/clear\nagain\n/exit\nnever\n"
    done = run("chat", "--system", "be brief", address=server.address, stdin=stdin)

    assert done.stdout.split("\n") == ["hello there ", "<2 bytes> and this ", "again ", ""]
    assert (done.returncode, done.stderr) == (0, "")
    turns = [len(generation.messages) for generation in server.generations]
    assert turns == [2, 4, 2]


def test_chat_goes_on_after_a_failure_and_reports_it(server: FakeServer) -> None:
    done = run("chat", address=server.address, stdin="full\nhello\n/image nowhere.png\n")

    assert done.stdout == "hello \n"
    assert "RESOURCE_EXHAUSTED: the queue is full" in done.stderr
    assert "nowhere.png: No such file" in done.stderr
    assert done.returncode == 1
    assert len(server.generations[-1].messages) == 1


def test_chat_leaves_out_an_image_that_failed(server: FakeServer, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"broken")
    stdin = f"/image {broken}\nwhat is it?\nhello\n/bogus\n"
    done = run("chat", address=server.address, stdin=stdin)

    assert done.stdout == "hello \n"
    assert f"Left out: {broken}." in done.stderr
    assert "/bogus is not a command" in done.stderr
    assert len(server.generations[-1].messages[-1].parts) == 1


def test_health_tells_ready_from_loading_from_gone(server: FakeServer) -> None:
    ready = run("health", address=server.address)
    assert (ready.returncode, ready.stdout) == (0, f"{server.address}: ready, serving fake\n")

    server.health.set("nemotron_vl.v1.InferenceService", health_pb2.HealthCheckResponse.NOT_SERVING)
    loading = run("health", address=server.address)
    assert (loading.returncode, "not ready" in loading.stdout) == (1, True)

    gone = run("health", address=NOWHERE)
    assert (gone.returncode, "unreachable" in gone.stdout) == (1, True)


def test_error_of_a_whole_call_is_one_line(image_paths: list[Path]) -> None:
    done = run("caption", image_paths[0], address=NOWHERE)
    assert done.returncode == 1
    assert done.stderr.startswith("nemotron-vl: UNAVAILABLE: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_has_seen_enough_is_no_failure_of_ours(
    server: FakeServer, image_paths: list[Path]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run(
            [COMMAND, "caption", *image_paths, "--address", server.address],
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_version_is_the_distributions() -> None:
    done = run("--version", address=NOWHERE)
    assert (done.returncode, done.stdout) == (0, f"{metadata.version('nemotron-vl')}\n")


def test_unknown_flag_is_refused() -> None:
    done = run("health", "--nonsense", address=NOWHERE)
    assert done.returncode == 2
    assert "--nonsense" in done.stderr
