"""Rules of the contract: buf's, and that every scalar says whether it was set."""

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor import FileDescriptor
from nemotron_vl.v1 import content_pb2, inference_pb2, model_pb2

ROOT = Path(__file__).parents[2]
BUF = Path(sys.executable).with_name("buf")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BUF, "lint"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_buf_lint_has_nothing_to_say() -> None:
    done = lint(ROOT)
    assert (done.returncode, done.stdout) == (0, "")


def test_buf_lint_sees_an_uncommented_message(tmp_path: Path) -> None:
    folder = tmp_path / "protos/nemotron_vl/v1"
    folder.mkdir(parents=True)
    (tmp_path / "buf.yaml").write_text((ROOT / "buf.yaml").read_text())
    text = 'syntax = "proto3";\npackage nemotron_vl.v1;\nmessage Bare {}\n'
    (folder / "bare.proto").write_text(text)
    done = lint(tmp_path)
    assert done.returncode != 0
    assert "Bare" in done.stdout


@pytest.mark.parametrize(
    "file",
    [content_pb2.DESCRIPTOR, inference_pb2.DESCRIPTOR, model_pb2.DESCRIPTOR],
    ids=lambda file: Path(file.name).stem,
)
def test_every_scalar_has_presence(file: FileDescriptor) -> None:
    bare = [
        field.full_name
        for message in file.message_types_by_name.values()
        for field in message.fields
        if not field.is_repeated and not field.has_presence
    ]
    assert bare == []
