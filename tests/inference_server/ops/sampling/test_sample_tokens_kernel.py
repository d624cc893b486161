import math

import pytest
import torch
from torch import Tensor

from inference_server.ops.sampling.sample_tokens import sample_tokens
from inference_server.ops.sampling.truncation import Truncation

SIZES = [7, 4096, 9001]


def random_logits(num_rows: int, size: int, device: torch.device, *, spread: float = 3.0) -> Tensor:
    """Logits rounded to bfloat16, so that there are ties."""
    logits = torch.randn(num_rows, size, device=device) * spread
    return logits.bfloat16().float()


def random_keys(num_rows: int, device: torch.device) -> Tensor:
    return torch.randint(-(2**31), 2**31, (num_rows, 2), dtype=torch.int32, device=device)


def truncation_of(limits: list[tuple[float, int, float]], device: torch.device) -> Truncation:
    """The truncation by min_p, top_k and top_p of each row."""
    min_p, top_k, top_p = zip(*limits, strict=True)
    return Truncation(
        min_p=torch.tensor(min_p, device=device),
        top_k=torch.tensor(top_k, dtype=torch.int32, device=device),
        top_p=torch.tensor(top_p, device=device),
    )


def check(logits: Tensor, scales: list[float], limits: list[tuple[float, int, float]]) -> None:
    """Kernel and reference draw alike; limits are min_p, top_k, top_p of each row."""
    device = logits.device
    keys = random_keys(len(logits), device)
    scale = torch.tensor(scales, device=device)
    truncation = truncation_of(limits, device)
    drawn = sample_tokens.kernel(logits, scales=scale, keys=keys, truncation=truncation)
    expected = sample_tokens.reference(logits, scales=scale, keys=keys, truncation=truncation)
    assert drawn.tolist() == expected.tolist()


@pytest.mark.parametrize("size", SIZES)
def test_draws_the_same_tokens_as_the_reference(size: int, device: torch.device) -> None:
    logits, keys = random_logits(12, size, device), random_keys(12, device)
    scales = torch.tensor([0.0, 1.0, 0.5, 3.0] * 3, device=device)
    expected = sample_tokens.reference(logits, scales=scales, keys=keys)
    assert sample_tokens.kernel(logits, scales=scales, keys=keys).tolist() == expected.tolist()


def test_greedy_takes_the_first_of_equals(device: torch.device) -> None:
    logits = torch.zeros(2, 9001, device=device)
    logits[0, [5000, 8999]] = 2.0
    logits[1, [4095, 4096]] = -math.inf
    drawn = sample_tokens.kernel(
        logits, scales=torch.zeros(2, device=device), keys=random_keys(2, device)
    )
    assert drawn.tolist() == [5000, 0]


@pytest.mark.parametrize("size", SIZES)
def test_top_p_needs_no_sort(size: int, device: torch.device) -> None:
    limits = [(0.0, size, p) for p in (1.0, 0.95, 0.9, 0.5, 0.1, 1e-6)]
    check(random_logits(6, size, device), [1.0, 0.7, 1.0, 2.0, 1.0, 1.0], limits)
    check(random_logits(6, size, device, spread=0.01), [1.0] * 6, limits)


@pytest.mark.parametrize("size", SIZES)
def test_top_k_counts_and_lets_ties_stay(size: int, device: torch.device) -> None:
    limits = [(0.0, k, 1.0) for k in (1, 2, 5, size // 2, size - 1, size)]
    check(random_logits(6, size, device), [1.0, 0.0, 1.0, 0.3, 1.0, 1.0], limits)
    check(random_logits(6, size, device, spread=1e-3), [1.0] * 6, limits)


@pytest.mark.parametrize("size", SIZES)
def test_all_limits_go_together(size: int, device: torch.device) -> None:
    limits = [
        (0.05, size, 1.0),
        (0.01, 5, 1.0),
        (0.001, size // 2, 0.9),
        (0.0, 4, 0.6),
        (1.0, size, 0.5),
        (0.0, size, 1.0),
    ]
    check(random_logits(6, size, device), [1.0, 0.8, 0.5, 1.0, 1.3, 1.0], limits)


def test_masked_tokens_are_never_drawn(device: torch.device) -> None:
    logits = random_logits(4, 9001, device)
    logits[:, :8999] = -math.inf
    limits = [(0.0, 9001, 1.0), (0.0, 50, 0.9), (0.1, 9, 0.1), (0.5, 9001, 0.3)]
    check(logits, [1.0, 1.0, 0.0, 1.0], limits)
    drawn = sample_tokens.kernel(
        logits, scales=torch.ones(4, device=device), keys=random_keys(4, device)
    )
    assert set(drawn.tolist()) <= {8999, 9000}


def test_a_block_of_masked_tokens_does_not_count_as_the_largest(device: torch.device) -> None:
    logits = torch.full((3, 9001), -math.inf, device=device)
    logits[:, 8999], logits[:, 9000] = -5.0, -5.5
    check(logits, [1.0] * 3, [(0.5, 9001, 0.3), (0.5, 9001, 1.0), (0.7, 9001, 0.9)])


def test_neighbors_change_nothing(device: torch.device) -> None:
    logits, keys = random_logits(5, 5000, device), random_keys(5, device)
    scales = torch.tensor([1.0, 0.0, 0.5, 1.0, 2.0], device=device)
    limits = [(0.0, 5000, 0.9), (0.0, 5000, 1.0), (0.01, 100, 0.5), (0.0, 5000, 1.0), (0.0, 3, 1.0)]
    truncation = truncation_of(limits, device)
    together = sample_tokens.kernel(
        logits, scales=scales, keys=keys, truncation=truncation
    ).tolist()
    for row in range(5):
        one = slice(row, row + 1)
        own = truncation_of(limits[one], device)
        alone = sample_tokens.kernel(
            logits[one], scales=scales[one], keys=keys[one], truncation=own
        )
        assert alone.tolist() == together[one]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_logits_still_give_a_token(device: torch.device) -> None:
    logits = torch.full((3, 4100), math.nan, device=device)
    scales = torch.tensor([0.0, 1.0, 1.0], device=device)
    truncation = truncation_of([(0.0, 4100, 1.0), (0.0, 4100, 0.9), (0.0, 7, 0.9)], device)
    keys = random_keys(3, device)
    drawn = sample_tokens.kernel(logits, scales=scales, keys=keys, truncation=truncation)
    assert all(0 <= token < 4100 for token in drawn.tolist())
