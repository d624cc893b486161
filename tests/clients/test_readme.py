"""The README's examples of the client, run as they stand."""

import re
from pathlib import Path

import pytest

from tests.clients.fake_server import FakeServer

README = Path(__file__).parents[2] / "README.md"


def test_the_clients_examples_run(
    server: FakeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    example = next(block for block in blocks if "from nemotron_vl import" in block)
    for name, data in (("photo.png", b"abc"), ("page1.png", b"abcd"), ("page2.png", b"broken")):
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)

    exec(example.replace("127.0.0.1:8001", server.address), {})

    printed = capsys.readouterr().out
    assert "What is in this image? <3 bytes>" in printed
    assert "Who are you?" in printed
    assert "page1.png Describe this image. <4 bytes>" in printed
    assert "page2.png failed: not an image" in printed
