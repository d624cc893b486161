import torch

from inference_server.ops.norm import rms_norm


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
    # Twice rounded, every third would be a bit off.
    assert (y != (exact * weight.double()).bfloat16()).float().mean() < 1e-3
