import math

import pytest
import torch

from inference_server.ops.sampling.sample_tokens import sample_tokens
from inference_server.ops.sampling.truncation import Truncation, truncate


def limit(value: float) -> torch.Tensor:
    return torch.tensor([[value]])


def test_ties_at_the_border_stay() -> None:
    logits = torch.tensor([[1.0, 1.0, 1.0, 0.0]])
    kept = truncate(
        logits,
        min_p=limit(0.0),
        top_k=torch.tensor([[2]]),
        top_p=limit(1.0),
    )
    assert kept.tolist() == [[1.0, 1.0, 1.0, -math.inf]]


@pytest.mark.parametrize(
    ("min_p", "top_k", "top_p", "num_kept"),
    [
        (0.0, 6, 1.0, 6),
        (0.28, 6, 1.0, 3),
        (0.0, 2, 1.0, 2),
        (0.0, 6, 0.5, 2),
        (0.0, 6, 0.39, 1),
        (0.0, 6, 0.81, 3),
        # 0.4 and 0.3 are 0.57 and 0.43 of what top-k leaves.
        (0.0, 2, 0.5, 1),
        (0.0, 2, 0.6, 2),
        # 0.4, 0.3 and 0.12 are 0.49, 0.37 and 0.15 of what min-p leaves.
        (0.28, 6, 0.84, 2),
        (1.0, 1, 1e-9, 1),
    ],
)
def test_keeps_the_likeliest(min_p: float, top_k: int, top_p: float, num_kept: int) -> None:
    shares = torch.tensor([[0.04, 0.3, 0.04, 0.4, 0.12, 0.1]])
    kept = truncate(
        shares.log(), min_p=limit(min_p), top_k=torch.tensor([[top_k]]), top_p=limit(top_p)
    )
    order = [3, 1, 4, 5, 0, 2]
    assert set(kept.isfinite().nonzero()[:, 1].tolist()) == set(order[:num_kept])


def test_limits_and_noise_are_each_rows_own() -> None:
    logits = torch.randn(4, 50, generator=torch.Generator().manual_seed(0))
    keys = torch.tensor([[1, 2], [3, 4], [5, 6], [7, 8]], dtype=torch.int32)
    scales = torch.tensor([0.0, 1.0, 0.5, 2.0])
    truncation = Truncation(
        min_p=torch.tensor([0.0, 0.0, 0.1, 0.0]),
        top_k=torch.tensor([50, 1, 50, 5], dtype=torch.int32),
        top_p=torch.tensor([1.0, 1.0, 0.9, 1.0]),
    )
    together = sample_tokens(logits, scales=scales, keys=keys, truncation=truncation).tolist()
    assert together[:2] == logits[:2].argmax(dim=-1).tolist()
    for row in range(4):
        one = slice(row, row + 1)
        limits = (truncation.min_p[one], truncation.top_k[one], truncation.top_p[one])
        alone = Truncation(min_p=limits[0], top_k=limits[1], top_p=limits[2])
        drawn = sample_tokens(logits[one], scales=scales[one], keys=keys[one], truncation=alone)
        assert drawn.tolist() == [together[row]]
