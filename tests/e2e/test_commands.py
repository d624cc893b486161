"""The commands of the client, as somebody at a terminal runs them."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.support.images import image_file
from tests.e2e.support.serving import COMMAND, MODEL, TIMEOUT_S, Serving


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"{number}.png" for number in range(5)]
    for number, path in enumerate(paths):
        path.write_bytes(image_file(number, (60 + number, 60)))
    return [str(path) for path in paths]


def test_caption(serving: Serving, files: list[str]) -> None:
    ended = _run(serving, "caption", *files, "--max-tokens", "64", "--temperature", "0")

    assert ended.returncode == 0, ended.stderr
    for number, file in enumerate(files):
        [line] = [line for line in ended.stdout.splitlines() if line.startswith(f"{file}: ")]
        if serving.is_mock:
            assert f"Image 1 is {60 + number} by 60 pixels" in line


def test_caption_as_json_with_files_that_are_none(
    serving: Serving, files: list[str], tmp_path: Path
) -> None:
    broken, missing = tmp_path / "broken.png", tmp_path / "missing.png"
    broken.write_bytes(b"hello")
    flags = ("--json", "--max-tokens", "4", "--temperature", "0")
    ended = _run(serving, "caption", *files, str(broken), str(missing), *flags)

    assert ended.returncode == 1
    records = {record["path"]: record for record in map(json.loads, ended.stdout.splitlines())}
    assert records.keys() == {*files, str(broken), str(missing)}
    assert "not a JPEG, PNG, WebP or GIF file" in records[str(broken)]["error"]
    assert "No such file" in records[str(missing)]["error"]
    assert {records[file]["finish_reason"] for file in files} == {"length"}
    assert {records[file]["completion_tokens"] for file in files} == {4}


def test_chat(serving: Serving, files: list[str]) -> None:
    lines = [
        "Hello",
        f"/image {files[0]}",
        "What is this?",
        "/clear",
        "/image nowhere.png",
        "/exit",
    ]
    ended = _run(
        serving, "chat", "--max-tokens", "16", "--temperature", "0", stdin="\n".join(lines)
    )

    assert ended.returncode == 1
    assert "nowhere.png: No such file" in ended.stderr
    assert ended.stdout.strip()
    if serving.is_mock:
        assert "Image 1 is 60 by 60" in ended.stdout


def test_health(serving: Serving) -> None:
    ended = _run(serving, "health")
    assert (ended.returncode, ended.stdout) == (0, f"{serving.address}: ready, serving {MODEL}\n")


def test_health_of_a_closed_port(closed_port: int) -> None:
    address = f"127.0.0.1:{closed_port}"
    ended = _end([COMMAND, "health", "--address", address])
    assert ended.returncode == 1
    assert ended.stdout.startswith(f"{address}: unreachable")


def _run(
    serving: Serving, command: str, *arguments: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return _end([COMMAND, command, "--address", serving.address, *arguments], stdin)


def _end(command: Sequence[str | Path], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, check=False, input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S
    )
