import math

import pytest
import torch

from inference_server.engine.execution.sampler import noise_key
from inference_server.ops.sampling.noise import exponential_noise


def keys(*seeds_and_counters: tuple[int, int]) -> torch.Tensor:
    return torch.tensor([noise_key(*pair) for pair in seeds_and_counters], dtype=torch.int32)


def murmur_finalizer(x: int) -> int:
    x ^= x >> 16
    x = x * 0x85EBCA6B & 0xFFFFFFFF
    x ^= x >> 13
    x = x * 0xC2B2AE35 & 0xFFFFFFFF
    return x ^ x >> 16


def test_is_the_published_hash_of_key_and_position() -> None:
    low, high = (word & 0xFFFFFFFF for word in noise_key(123, 4))
    noise = exponential_noise(keys((123, 4)), 1000)[0]
    for index in (0, 1, 77, 999):
        word = murmur_finalizer(murmur_finalizer((index + low) & 0xFFFFFFFF) ^ high)
        uniform = ((word + 2**31) % 2**32 + 0.5) / 2**32
        assert noise[index].item() == pytest.approx(-math.log1p(-uniform), rel=1e-5)


def test_a_row_does_not_depend_on_the_batch_or_the_vocabulary() -> None:
    alone = exponential_noise(keys((5, 9)), 100)[0]
    batched = exponential_noise(keys((1, 1), (5, 9), (5, 10)), 300)
    assert torch.equal(batched[1, :100], alone)
    assert not torch.equal(batched[2, :100], alone)


def test_is_distributed_exponentially() -> None:
    noise = exponential_noise(keys(*((seed, 0) for seed in range(50))), 20_000).double()
    assert noise.min() > 0
    assert noise.isfinite().all()
    for share in (0.001, 0.1, 0.5, 0.9, 0.999):
        below = (noise < -math.log1p(-share)).double().mean().item()
        # Five standard deviations of a million draws.
        assert below == pytest.approx(share, abs=5e-3 * math.sqrt(share * (1 - share)))


def test_the_same_position_is_independent_over_outputs() -> None:
    noise = exponential_noise(keys(*((7, index) for index in range(4000))), 2)
    assert abs(torch.corrcoef(noise.T)[0, 1].item()) < 0.08
    following = torch.stack([noise[:-1, 0], noise[1:, 0]])
    assert abs(torch.corrcoef(following)[0, 1].item()) < 0.08
