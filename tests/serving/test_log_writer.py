"""Processes that log to a pipe that nobody reads."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

NUM_LINES = 20_000
TIMEOUT_S = 120

SCRIPT = f"""
import logging, sys, time
from serving.log import configure_logging
from serving.log_writer import num_dropped_lines
from serving.settings import LogSettings

configure_logging(LogSettings())
for number in range({NUM_LINES}):
    logging.getLogger("a").info("%d %s", number, "x" * 80)
print(num_dropped_lines(), flush=True)
if sys.stdin.read():
    # Until all that waits is read, or the next line would be dropped, too.
    while logging.getLogger().handlers[0]._num_characters:
        time.sleep(0.01)
logging.getLogger("a").info("last")
"""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    argv = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        yield process
        process.kill()


def num_dropped(process: subprocess.Popen[str]) -> int:
    assert process.stdout
    return int(process.stdout.readline())


def test_blocked_pipe_stops_neither_the_loop_nor_the_end(process: subprocess.Popen[str]) -> None:
    assert 0 < num_dropped(process) < NUM_LINES
    assert process.stdin
    process.stdin.close()
    assert process.wait(TIMEOUT_S) == 0


def test_number_of_dropped_lines_is_logged_once_the_pipe_is_read(
    process: subprocess.Popen[str],
) -> None:
    dropped = num_dropped(process)
    _, err = process.communicate("go on", timeout=TIMEOUT_S)
    told = re.findall(r"WARNING .* (\d+) log lines were dropped, because stderr was blocked", err)
    assert sum(map(int, told)) == dropped
    assert err.count("INFO") == NUM_LINES - dropped + 1
    assert "last\n" in err, "what waits at the end is written"


@pytest.mark.parametrize("redirect", ["2>&-", "2>/dev/full"])
def test_stderr_that_takes_nothing_ends_nothing(redirect: str) -> None:
    argv = ["/bin/sh", "-c", f'exec "$@" {redirect}', "sh", sys.executable, "-c", SCRIPT]
    null = subprocess.DEVNULL
    subprocess.run(argv, stdin=null, stdout=null, timeout=TIMEOUT_S, check=True)
