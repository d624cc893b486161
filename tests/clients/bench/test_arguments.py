import argparse
from pathlib import Path

import pytest
from nemotron_vl.cli.bench.arguments import add_arguments


def parsed(*flags: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(flags)


def test_flags_become_values(tmp_path: Path) -> None:
    out = tmp_path / "x.json"
    args = parsed("--size", "8192x1", "--url", "https://a:1/v1", "--out", str(out), "--rate", ".5")
    assert (args.size, args.url, args.out, args.rate) == ((8192, 1), "https://a:1/v1", out, 0.5)
    assert not out.exists()


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--url", "nonsense"), "argument --url: 'nonsense' is not an HTTP address"),
        (("--out", "/nonexistent/x.json"), "is in a folder that does not exist"),
        (("--out", "/"), "'/' is a folder"),
        (("--size", "20000x20000"), "has a side outside 1 to 8192"),
        (("--size", "0x4"), "has a side outside 1 to 8192"),
        (("--size", "640"), "'640' is not a size such as 640x480"),
        (("--concurrency", "0"), "'0' is not a whole number of at least 1"),
        (("--warm-up", "few"), "'few' is not a whole number of at least 0"),
        (("--rate", "inf"), "'inf' is not a finite number above 0"),
        (("--rate", "fast"), "'fast' is not a finite number above 0"),
    ],
)
def test_flag_is_refused_with_a_sentence(
    capsys: pytest.CaptureFixture[str], flags: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parsed(*flags)
    assert sentence in capsys.readouterr().err


def test_file_that_cannot_be_written_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(SystemExit, match="2"):
        parsed("--out", str(tmp_path / "x.json"))
    assert "cannot be written" in capsys.readouterr().err
