import pytest
import torch

from inference_server.ops.attention.full_attention import full_attention


def test_tokens_of_a_tile_see_each_other_and_no_other_tile() -> None:
    q, k, v = torch.randn(2, 7, 3, 4, 20).double().unbind(2)
    y = full_attention(q, k, v)
    for tile in range(2):
        for head in range(4):
            scores = q[tile, :, head] @ k[tile, :, head].T / 20**0.5
            torch.testing.assert_close(y[tile, :, head], scores.softmax(-1) @ v[tile, :, head])


@pytest.mark.gpu
def test_gradients_flow_on_the_gpu_too() -> None:
    rows = torch.randn(1, 20, 3, 2, 80, device="cuda", dtype=torch.bfloat16, requires_grad=True)
    full_attention(*rows.unbind(2)).sum().backward()
    assert rows.grad is not None
    assert rows.grad.norm() > 0
