from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.stored_tensor import stored_tensors


def test_bytes_are_found_where_the_header_puts_them(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    saved = {
        "matrix": torch.randn(3, 5),
        "scalar": torch.tensor(2.5, dtype=torch.bfloat16),
        "none": torch.empty(0, 4),
        "rounded": torch.randn(7).to(torch.float8_e4m3fn),
    }
    save_file(saved, file, metadata={"format": "pt"})
    content = file.read_bytes()
    found = list(stored_tensors(file))
    assert {tensor.name for tensor in found} == saved.keys()
    assert [tensor.start for tensor in found] == sorted(tensor.start for tensor in found)
    for tensor in found:
        original = saved[tensor.name]
        assert (tensor.dtype, tensor.shape) == (original.dtype, original.shape)
        raw = original.view(-1).view(torch.uint8).numpy().tobytes()
        assert content[tensor.start : tensor.start + tensor.num_bytes] == raw


def test_unsupported_types_are_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    save_file({"odd": torch.zeros(2, dtype=torch.int16)}, file)
    with pytest.raises(CheckpointError, match="odd is of type I16"):
        list(stored_tensors(file))


@pytest.mark.parametrize("kept", [0, 4, 40, -1])
def test_truncated_files_are_refused(tmp_path: Path, kept: int) -> None:
    file = tmp_path / "model.safetensors"
    save_file({"one": torch.zeros(100)}, file)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"model\.safetensors cannot be read"):
        list(stored_tensors(file))
