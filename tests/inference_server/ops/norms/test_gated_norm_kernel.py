import pytest
import torch

from inference_server.ops.norms.gated_norm import gated_group_norm
from tests.inference_server.relative_error import relative_error


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-6), (torch.bfloat16, 1e-2)])
@pytest.mark.parametrize(
    ("num_tokens", "num_groups", "size"), [(1, 8, 80), (5, 2, 1280), (3, 3, 7)]
)
def test_kernel_is_the_reference(
    num_tokens: int,
    num_groups: int,
    size: int,
    dtype: torch.dtype,
    bound: float,
    device: torch.device,
) -> None:
    channels = num_groups * size
    x = torch.randn(num_tokens, channels, device=device).to(dtype)
    # The gate is columns of a wider projection.
    wide = torch.randn(num_tokens, channels + 9, device=device).to(dtype)
    weight = torch.randn(channels, device=device).to(dtype)
    wide[:, :4], wide[:, -5:] = torch.nan, torch.nan
    given = {"gate": wide[:, 4:-5], "weight": weight, "num_groups": num_groups, "eps": 1e-5}
    y = gated_group_norm.kernel(x, **given)
    assert y.dtype == dtype
    assert relative_error(y, gated_group_norm.reference(x, **given)) < bound


def test_small_numbers_keep_their_eps(device: torch.device) -> None:
    x, gate = torch.full((2, 1, 6), 1e-3, device=device)
    given = {"weight": torch.ones(6, device=device), "num_groups": 2, "eps": 1e-5}
    y, expected = (
        gated_group_norm.kernel(x, gate, **given),
        gated_group_norm.reference(x, gate, **given),
    )
    assert relative_error(y, expected) < 1e-6


def test_neighbors_change_no_bit_of_a_row(device: torch.device) -> None:
    x, gate = torch.randn(2, 4, 60, device=device).bfloat16()
    given = {"weight": torch.randn(60, device=device).bfloat16(), "num_groups": 2, "eps": 1e-5}
    together = gated_group_norm.kernel(x, gate, **given)
    for row in range(4):
        alone = gated_group_norm.kernel(x[row : row + 1], gate[row : row + 1], **given)
        assert torch.equal(alone[0], together[row])
