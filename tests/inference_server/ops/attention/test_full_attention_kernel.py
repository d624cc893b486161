import pytest
import torch
from torch import Tensor

from inference_server.ops.attention.full_attention import full_attention
from tests.inference_server.relative_error import relative_error

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 5e-3}


def projected(
    num_tiles: int,
    num_tokens: int,
    num_heads: int,
    size: int,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values as columns of one projection that is NaN elsewhere."""
    rows = torch.full((num_tiles + 1, num_tokens + 3, 4, num_heads, size), torch.nan)
    part = rows[:num_tiles, :num_tokens, :3].normal_()
    part[:, :, :2] *= 2
    part = rows.to(device, dtype)[:num_tiles, :num_tokens]
    return part[:, :, 0], part[:, :, 1], part[:, :, 2]


def expected(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return full_attention.reference(q.double(), k.double(), v.double())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("size", [8, 24, 64, 80])
@pytest.mark.parametrize("num_tokens", [7, 40, 90, 145])
def test_kernel_is_the_reference(
    num_tokens: int, size: int, dtype: torch.dtype, device: torch.device
) -> None:
    q, k, v = projected(2, num_tokens, 2, size, dtype, device)
    y = full_attention.kernel(q, k, v)
    assert y.is_contiguous()
    assert relative_error(y, expected(q, k, v)) < TOLERANCE[dtype]


def test_tile_of_the_released_sizes(device: torch.device) -> None:
    q, k, v = projected(1, 1040, 1, 80, torch.bfloat16, device)
    assert relative_error(full_attention.kernel(q, k, v), expected(q, k, v)) < 5e-3


def test_scores_that_differ_much_do_not_overflow(device: torch.device) -> None:
    q, k, v = projected(1, 150, 1, 80, torch.bfloat16, device)
    q, k = q * 20, k * 20
    v = v.contiguous()
    assert relative_error(full_attention.kernel(q, k, v), expected(q, k, v)) < 5e-3


def test_batch_mates_change_no_bit_of_a_tile(device: torch.device) -> None:
    q, k, v = projected(3, 140, 2, 80, torch.bfloat16, device)
    alone = full_attention.kernel(q[1:2], k[1:2], v[1:2])
    assert torch.equal(full_attention.kernel(q, k, v)[1:2], alone)
