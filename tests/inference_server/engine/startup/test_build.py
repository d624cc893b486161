import pytest
import torch

from inference_server.engine.startup.build import choose_device
from inference_server.errors import NotServing


def have(monkeypatch: pytest.MonkeyPatch, num_gpus: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: num_gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: num_gpus)


@pytest.mark.parametrize(
    ("name", "num_gpus", "device"),
    [
        ("auto", 0, "cpu"),
        ("auto", 1, "cuda"),
        ("cpu", 1, "cpu"),
        ("cuda", 1, "cuda"),
        ("cuda:1", 2, "cuda:1"),
    ],
)
def test_an_existing_device_is_chosen(
    monkeypatch: pytest.MonkeyPatch, name: str, num_gpus: int, device: str
) -> None:
    have(monkeypatch, num_gpus)
    assert choose_device(name) == torch.device(device)


@pytest.mark.parametrize(("name", "num_gpus"), [("cuda", 0), ("cuda:0", 0), ("cuda:7", 2)])
def test_a_missing_gpu_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, num_gpus: int
) -> None:
    have(monkeypatch, num_gpus)
    with pytest.raises(NotServing, match=f"no device {name}; CUDA devices found: {num_gpus}"):
        choose_device(name)
