import pytest
import torch
from torch import Tensor

from inference_server.engine.graphs import CudaCapture
from inference_server.ops.kernels import overlap
from inference_server.ops.kernels.activation import squared_relu
from inference_server.ops.kernels.few_rows import linear
from inference_server.ops.kernels.norm import add_rms_norm
from inference_server.ops.kernels.overlap import overlapped


def test_is_for_gpus_that_can(monkeypatch: pytest.MonkeyPatch, device: torch.device) -> None:
    assert overlapped(torch.empty(1)) == {"IS_OVERLAPPED": False}
    if device.type == "cuda":
        monkeypatch.setattr(overlap, "_can_overlap", lambda device: False)
        assert overlapped(torch.empty(1, device=device)) == {"IS_OVERLAPPED": False}


@pytest.mark.gpu
@pytest.mark.parametrize("num_rows", [1, 64])
def test_a_chain_of_kernels_reads_what_those_before_wrote(
    num_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over and over in one graph, whose buffers are each overwritten while others are read."""
    width, depth = 2048, 40
    weights = [torch.randn(width, width, device="cuda").bfloat16() / 30 for _ in range(2 * depth)]
    scale = torch.ones(width, device="cuda", dtype=torch.bfloat16)
    first = torch.randn(num_rows, width, device="cuda", dtype=torch.bfloat16)

    def chain() -> Tensor:
        x, residual = torch.zeros_like(first), first
        for up, down in zip(weights[::2], weights[1::2], strict=True):
            normed, residual = add_rms_norm(x, residual, scale, 1e-5)
            x = linear(squared_relu(linear(normed, up)), down)
        return residual + x

    made = torch.empty_like(first)

    def work() -> None:
        made.copy_(chain())

    with torch.inference_mode():
        replay = CudaCapture()(work)
        with monkeypatch.context() as patch:
            patch.setattr(overlap, "_can_overlap", lambda device: False)
            expected = chain()
        assert expected.isfinite().all()
        for _ in range(50):
            made.fill_(torch.nan)
            replay()
            assert torch.equal(made, expected)
