"""Draws a token for each row of logits: greedy, or by Gumbel noise among what truncation keeps.

The largest of logits * scale - log(exponential noise) is a draw from the softmax
(https://arxiv.org/abs/1611.01144). The noise comes from a key: the draw is the same in any batch.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from inference_server.ops.noise import exponential_noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncation:
    """What each row keeps: min-p first, then top-k, then top-p of what is left. Ties stay.

    min_p [R] float32, 0 keeps all; top_k [R] int32 from 1 to V, which keeps all; top_p [R]
    float32, 1 keeps all.
    """

    min_p: Tensor
    top_k: Tensor
    top_p: Tensor


def sample_tokens(
    logits: Tensor, *, scales: Tensor, keys: Tensor, truncation: Truncation | None = None
) -> Tensor:
    """logits [R, V], scales [R], all float32, keys [R, 2] int32 -> token ids [R] int64

    A scale is the inverse of a temperature; 0 takes the likeliest token, of equals the first.
    """
    if logits.is_cuda:
        from inference_server.ops.kernels.sampling import sample_tokens as sample_tokens_cuda

        limits = truncation and (truncation.min_p, truncation.top_k, truncation.top_p)
        return sample_tokens_cuda(logits, scales, keys, limits)
    return sample_tokens_reference(logits, scales=scales, keys=keys, truncation=truncation)


def sample_tokens_reference(
    logits: Tensor, *, scales: Tensor, keys: Tensor, truncation: Truncation | None = None
) -> Tensor:
    """What sample_tokens is to compute."""
    token_ids = logits.argmax(dim=-1)
    drawn = scales.nonzero().squeeze(1)
    if len(drawn):
        scaled = logits[drawn] * scales[drawn, None]
        if truncation is not None:
            scaled = truncate(
                scaled,
                min_p=truncation.min_p[drawn, None],
                top_k=truncation.top_k[drawn, None],
                top_p=truncation.top_p[drawn, None],
            )
        noise = exponential_noise(keys[drawn], logits.shape[-1])
        token_ids[drawn] = (scaled - noise.log_()).argmax(dim=-1)
    return token_ids


def truncate(scaled: Tensor, *, min_p: Tensor, top_k: Tensor, top_p: Tensor) -> Tensor:
    """Masks what is not kept. scaled [R, V]; min_p, top_k and top_p [R, 1]"""
    ordered = scaled.sort(dim=-1, descending=True).values
    floor = torch.maximum(ordered[:, :1] + min_p.log(), ordered.gather(1, top_k.long() - 1))
    masses = ordered.masked_fill(ordered < floor, -math.inf).softmax(dim=-1)
    is_within = (masses.cumsum(dim=-1) - masses < top_p) | (top_p >= 1)
    # The likeliest stays whatever rounding does to the rest.
    num_within = is_within.sum(dim=-1, keepdim=True).clamp_(min=1)
    floor = torch.maximum(floor, ordered.gather(1, num_within - 1))
    return scaled.masked_fill(scaled < floor, -math.inf)
