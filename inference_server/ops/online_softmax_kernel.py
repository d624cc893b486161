"""Adds a tile of keys to a running softmax, as the attention kernels do."""

import math

import triton
import triton.language as tl

# Kernels compute powers of two instead of e, since the hardware does.
LOG2_E = math.log2(math.e)


@triton.jit
def fold_tile(scores, values, scale, peak, total, sums):
    """Scores [M, K] of M queries, -inf where unseen, and values [K, D] of one more tile of keys.

    Returns the highest score [M], the sum of weights [M] and the weighted sums of values [M, D] so
    far; weights are 2 ** (scale * (score - peak)). Each query must see a key of the first tile.
    """
    new_peak = tl.maximum(peak, tl.max(scores, axis=1))
    weights = tl.exp2(scores * scale - (new_peak * scale)[:, None])
    shrink = tl.exp2((peak - new_peak) * scale)
    total = total * shrink + tl.sum(weights, axis=1)
    sums = sums * shrink[:, None]
    sums = tl.dot(weights.to(values.dtype), values, sums, input_precision="ieee")
    return new_peak, total, sums
