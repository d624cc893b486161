"""Reading a body takes memory in proportion to its bytes, whatever character it repeats."""

import json
import subprocess
import sys

# The rest of what the process does meanwhile: small values, code that is loaded, arenas.
SLACK_BYTES = 16 * 2**20
MAX_ERROR_BYTES = 4096
# A prime, so that every placement and every fragment is tried.
STEP = 11


def test_no_repeated_character_takes_more_than_three_times_the_body() -> None:
    command = [sys.executable, "-m", "tests.http_gateway.body_memory", "16", str(STEP)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    cases = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(cases) > 150
    for name, size, peak, error_bytes, took_s, outcome in cases:
        about = f"{name}: {peak / size:.1f} times {size} bytes, {took_s} s, {outcome}"
        assert peak <= 3 * size + SLACK_BYTES, about
        assert error_bytes <= MAX_ERROR_BYTES, about
