"""`nemotron-vl bench` against both engines, over both transports."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.support.serving import COMMAND, TIMEOUT_S, Serving

SMALL = ("--size", "60x40", "--requests", "6", "--concurrency", "3", "--warm-up", "1")
EXACT = ("--max-tokens", "12", "--ignore-eos")


def bench(serving: Serving, *flags: str) -> subprocess.CompletedProcess[str]:
    to = ("--url", serving.url, "--address", serving.address)
    return subprocess.run(
        [COMMAND, "bench", *to, *flags],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def measured(serving: Serving, tmp_path: Path, *flags: str) -> dict[str, Any]:
    out = tmp_path / "bench.json"
    ended = bench(serving, *flags, "--out", str(out))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(out.read_text())


@pytest.mark.parametrize("transport", ["http", "grpc"])
@pytest.mark.parametrize("workload", ["image", "text"])
def test_every_token_of_a_load_is_counted(
    serving: Serving, tmp_path: Path, transport: str, workload: str
) -> None:
    numbers = measured(
        serving, tmp_path, "--transport", transport, "--workload", workload, *SMALL, *EXACT
    )
    assert (numbers["num_requests"], numbers["num_succeeded"], numbers["errors"]) == (6, 6, {})
    assert numbers["output_tokens"] == 6 * 12
    assert 0 < numbers["num_events"] <= numbers["output_tokens"]
    times = ("first_token_ms", "end_to_end_ms")
    assert all(numbers[name]["p50"] <= numbers[name]["max"] for name in times)
    assert numbers["first_token_ms"]["max"] <= numbers["end_to_end_ms"]["max"]
    assert numbers["flags"]["transport"] == transport


def test_both_transports_ask_the_same(serving: Serving, tmp_path: Path) -> None:
    by_transport = [
        measured(serving, tmp_path, "--transport", transport, *SMALL, *EXACT)["prompt_tokens"]
        for transport in ("http", "grpc")
    ]
    assert by_transport[0] == by_transport[1] > 6 * 256


def test_random_arrivals(serving: Serving, tmp_path: Path) -> None:
    flags = ("--workload", "text", "--rate", "50", "--requests", "5", "--max-tokens", "3")
    assert measured(serving, tmp_path, *flags, "--words", "20")["num_succeeded"] == 5


@pytest.mark.parametrize(
    ("transport", "kind"), [("http", "404 NotFoundError"), ("grpc", "NOT_FOUND")]
)
def test_refusals_are_counted_by_kind(serving: Serving, transport: str, kind: str) -> None:
    ended = bench(serving, "--transport", transport, *SMALL, "--model", "another")
    assert ended.returncode == 1
    assert "0 of 6 requests succeeded" in ended.stdout
    assert f"failed: 6 x {kind}" in ended.stdout
    said = [line for line in ended.stdout.splitlines() if line.startswith(f"{kind}")]
    assert len(said) == 1
    assert "another" in said[0]


@pytest.mark.parametrize(
    "flags",
    [
        ("--workload", "video"),
        ("--workload", "text", "--media", __file__),
        ("--media", "/nowhere.png"),
        ("--concurrency", "0"),
        ("--concurrency", "2", "--rate", "3"),
        ("--size", "640"),
        ("--url", "nonsense"),
        ("--out", "/nonexistent/x.json"),
    ],
)
def test_flags_that_cannot_be(mock: Serving, flags: tuple[str, ...]) -> None:
    ended = bench(mock, *flags)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr
