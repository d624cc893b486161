from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from inference_server.checkpoint import tensor_stream
from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.stored_tensor import StoredTensor, stored_tensors
from inference_server.checkpoint.tensor_stream import stream_tensors

CPU = torch.device("cpu")


@pytest.fixture
def saved() -> dict[str, Tensor]:
    """Sizes from zero to many times that of the ring."""
    lengths = [0, 1, 15, 16, 17, 33, 500]
    tensors = {f"bytes{n}": torch.randint(0, 256, (n,), dtype=torch.uint8) for n in lengths}
    return tensors | {"matrix": torch.randn(30, 7).bfloat16(), "scalar": torch.tensor(3.5)}


@pytest.fixture
def stored(tmp_path: Path, saved: dict[str, Tensor]) -> list[StoredTensor]:
    """Tensors in two files, which the stream reads in turns."""
    names = list(saved)
    for file in range(2):
        part = {name: saved[name] for name in names[file::2]}
        save_file(part, tmp_path / f"{file}.safetensors")
    found = [t for file in range(2) for t in stored_tensors(tmp_path / f"{file}.safetensors")]
    return sorted(found, key=lambda tensor: tensor.name)


@pytest.mark.parametrize("piece_bytes", [16, 48, 2**20])
def test_tensors_arrive_whole_and_in_order(
    stored: list[StoredTensor],
    saved: dict[str, Tensor],
    piece_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tensor_stream, "_PIECE_BYTES", piece_bytes)
    arrived = [(source.name, tensor) for source, tensor in stream_tensors(stored, CPU)]
    assert [name for name, _ in arrived] == [source.name for source in stored]
    for name, tensor in arrived:
        assert tensor.dtype == saved[name].dtype
        assert torch.equal(tensor, saved[name])


def test_file_that_shrinks_while_it_is_read_is_named(stored: list[StoredTensor]) -> None:
    file = stored[0].file
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(CheckpointError, match=f"{file} ends within"):
        list(stream_tensors(stored, CPU))


@pytest.mark.gpu
@pytest.mark.parametrize("piece_bytes", [16, 2**20])
def test_tensors_arrive_on_a_gpu(
    stored: list[StoredTensor],
    saved: dict[str, Tensor],
    piece_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tensor_stream, "_PIECE_BYTES", piece_bytes)
    for source, tensor in stream_tensors(stored * 20, torch.device("cuda")):
        assert torch.equal(tensor.cpu(), saved[source.name])
