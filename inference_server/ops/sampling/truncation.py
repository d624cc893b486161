"""The tokens that may be drawn from a row of logits."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncation:
    """The limits of each row: min-p first, then top-k, then top-p of the rest. Ties are kept.

    min_p [R] float32, 0 keeps all; top_k [R] int32 from 1 to V, which keeps all; top_p [R]
    float32, 1 keeps all.
    """

    min_p: Tensor
    top_k: Tensor
    top_p: Tensor


def truncate(scaled: Tensor, *, min_p: Tensor, top_k: Tensor, top_p: Tensor) -> Tensor:
    """Masks the tokens that are not kept. scaled [R, V]; min_p, top_k and top_p [R, 1]"""
    ordered = scaled.sort(dim=-1, descending=True).values
    floor = torch.maximum(ordered[:, :1] + min_p.log(), ordered.gather(1, top_k.long() - 1))
    masses = ordered.masked_fill(ordered < floor, -math.inf).softmax(dim=-1)
    is_within = (masses.cumsum(dim=-1) - masses < top_p) | (top_p >= 1)
    # The likeliest token is kept whatever rounding does.
    num_within = is_within.sum(dim=-1, keepdim=True).clamp_(min=1)
    floor = torch.maximum(floor, ordered.gather(1, num_within - 1))
    return scaled.masked_fill(scaled < floor, -math.inf)
