import pytest
import torch

from inference_server.ops.activation import gelu


@pytest.mark.gpu
def test_gelu_leaves_its_input_to_the_gradients() -> None:
    x = torch.randn(3, 64, device="cuda", requires_grad=True)
    kept = x.detach().clone()
    gelu(x).sum().backward()
    assert torch.equal(x.detach(), kept)
    assert x.grad is not None
