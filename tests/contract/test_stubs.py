"""The committed stubs are what the generator makes of the protos."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "clients/python/nemotron_vl/v1"


def test_stubs_regenerate_byte_identical(tmp_path: Path) -> None:
    subprocess.run(
        ["make", "proto", f"OUT={tmp_path}"], cwd=ROOT, check=True, capture_output=True, timeout=280
    )
    generated = tmp_path / "nemotron_vl/v1"
    names = {path.name for path in COMMITTED.iterdir() if path.suffix in {".py", ".pyi"}}
    assert {path.name for path in generated.iterdir()} == names - {"__init__.py"}
    differing = [
        path.name
        for path in generated.iterdir()
        if path.read_bytes() != (COMMITTED / path.name).read_bytes()
    ]
    assert differing == []
