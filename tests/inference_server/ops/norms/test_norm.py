import pytest
import torch
from torch.nn.functional import layer_norm

from inference_server.ops.linear.activation import squared_relu
from inference_server.ops.norms.norm import add_layer_norm, add_rms_norm, rms_norm


def test_rms_norm_divides_by_the_root_mean_square() -> None:
    x = torch.tensor([[3.0, 4.0]])
    weight = torch.tensor([1.0, 2.0])
    expected = torch.tensor([[3.0, 8.0]]) / 12.5**0.5
    torch.testing.assert_close(rms_norm(x, weight, eps=0.0), expected)


def test_rms_norm_of_small_bfloat16_keeps_its_eps() -> None:
    x = torch.full((1, 4), 1e-3, dtype=torch.bfloat16)
    y = rms_norm(x, torch.ones(4, dtype=torch.bfloat16), eps=1e-5)
    assert y.dtype == torch.bfloat16
    assert abs(y[0, 0].item() - 1e-3 / (1e-6 + 1e-5) ** 0.5) < 2e-3


def test_rms_norm_of_bfloat16_is_the_exact_one_rounded_once() -> None:
    random = torch.Generator().manual_seed(0)
    x = torch.randn(50, 512, generator=random).bfloat16()
    weight = (1 + torch.randn(512, generator=random)).bfloat16()
    exact = x.double() * (x.double().square().mean(-1, keepdim=True) + 1e-5).rsqrt()
    y = rms_norm(x, weight, eps=1e-5)
    # Rounded twice, every third number would be a bit off.
    assert (y != (exact * weight.double()).bfloat16()).float().mean() < 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_sum_is_rounded_before_it_is_normed(dtype: torch.dtype) -> None:
    x, residual, weight, bias = torch.randn(4, 6, 64).to(dtype)
    normed, total = add_rms_norm(x, residual, weight[0], 1e-5)
    assert torch.equal(total, residual + x)
    assert torch.equal(normed, rms_norm(total, weight[0], 1e-5))
    normed, total = add_layer_norm(x, residual, weight[0], bias[0], 1e-5)
    assert torch.equal(total, residual + x)
    assert torch.equal(normed, layer_norm(total, (64,), weight[0], bias[0], 1e-5))


@pytest.mark.gpu
def test_gradients_flow_on_the_gpu_too() -> None:
    x, residual, weight, bias = torch.randn(4, 6, 64, device="cuda").requires_grad_().unbind()
    for normed, total in (
        add_rms_norm(x, residual, weight[0], 1e-5),
        add_layer_norm(x, residual, weight[0], bias[0], 1e-5),
    ):
        assert normed.requires_grad
        assert total.requires_grad
    assert squared_relu(x).requires_grad
