import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tools.random_checkpoint.shards import INDEX, write_shards


@pytest.fixture
def tensors() -> dict[str, Tensor]:
    """Tensors of several types and sizes, one of them a view of rows."""
    whole = torch.arange(24, dtype=torch.float32).view(6, 4)
    return {
        "b.weight": torch.randn(3, 5).bfloat16(),
        "a.weight": torch.randn(7).bfloat16(),
        "z.rows": whole[2:5],
        "y.half": torch.randn(1, 3).half(),
        "c.scalar": torch.tensor(2.0),
    }


def test_a_file_is_byte_for_byte_the_librarys(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    num_bytes = write_shards(tmp_path, tensors, num_shards=1)
    save_file(tensors, tmp_path / "theirs", metadata={"format": "pt"})
    assert (tmp_path / "model.safetensors").read_bytes() == (tmp_path / "theirs").read_bytes()
    assert num_bytes == sum(tensor.nbytes for tensor in tensors.values())


def test_shards_and_their_index_hold_everything(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    write_shards(tmp_path, tensors, num_shards=2)
    index = json.loads((tmp_path / INDEX).read_text())
    assert index["metadata"]["total_size"] == sum(tensor.nbytes for tensor in tensors.values())
    assert index["weight_map"].keys() == tensors.keys()
    for name, file in index["weight_map"].items():
        assert torch.equal(load_file(tmp_path / file)[name], tensors[name])
