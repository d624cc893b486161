"""The known ingest client, unchanged, stores every caption, each on its own image."""

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.support.images import blank, data_url, image_file
from tests.e2e.support.serving import MODEL, TIMEOUT_S, Serving

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-ingest/bin/python"
SCRIPT = Path(__file__).parent / "ingest/caption.py"

# What the client takes for the likeliest token: its own 0 means "not said", which is 1.
NEARLY_GREEDY = 1e-6


@pytest.fixture(scope="session", autouse=True)
def environment() -> None:
    assert PYTHON.exists(), "the client's environment is missing: make .venv-ingest/stamp"


def test_every_image_gets_the_mock_engines_caption(mock: Serving) -> None:
    sizes = [(16 + 37 * number, 900 - 23 * number) for number in range(32)]
    files = [image_file(number, size) for number, size in enumerate(sizes)]

    captions = _ingest(mock, files)

    assert captions == [_caption(mock, file) for file in files]
    for (width, height), caption in zip(sizes, captions, strict=True):
        assert f"Image 1 is {width} by {height} pixels" in caption
    assert len(set(captions)) == len(files)


def test_every_image_gets_the_real_engines_caption(real: Serving) -> None:
    # Squares of at most 724 pixels are one tile.
    files = [image_file(number, (64 + 40 * number, 64 + 40 * number)) for number in range(16)]

    captions = _ingest(real, files)

    # The client asks for 512 tokens; their beginnings tell one from the other.
    beginnings = [_caption(real, file, max_tokens=32) for file in files]
    assert len(set(beginnings)) > len(files) / 2
    for caption, beginning in zip(captions, beginnings, strict=True):
        # Cut inside a character, its bytes are not one yet.
        assert caption.startswith(beginning.rstrip("\ufffd"))


def test_smallest_and_largest_page(mock: Serving) -> None:
    pixel, page = _ingest(mock, [blank((1, 1), "red"), blank((6000, 4000))])

    assert "Image 1 is 1 by 1 pixels, red" in pixel
    assert "Image 1 is 6000 by 4000 pixels, white" in page


def _ingest(serving: Serving, files: Sequence[bytes]) -> list[str]:
    given = {
        "endpoint_url": f"{serving.url}/chat/completions",
        "temperature": NEARLY_GREEDY,
        "images": [base64.b64encode(file).decode() for file in files],
    }
    ended = subprocess.run(
        [PYTHON, SCRIPT],
        input=json.dumps(given),
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def _caption(serving: Serving, file: bytes, *, max_tokens: int = 512) -> str:
    """The server's caption when it is asked for this image alone."""
    content: list[Any] = [
        {"type": "text", "text": "Caption the content of this image:"},
        {"type": "image_url", "image_url": {"url": data_url(file)}},
    ]
    status, answer = serving.chat(
        {
            "model": MODEL,
            "messages": [
                {"role": "system", "content": "/no_think"},
                {"role": "user", "content": content},
            ],
            "max_tokens": max_tokens,
            "temperature": NEARLY_GREEDY,
            "top_p": 1.0,
            "stream": False,
        }
    )
    assert status == 200
    return answer["choices"][0]["message"]["content"]
