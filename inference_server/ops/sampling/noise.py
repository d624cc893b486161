"""Noise that depends only on a key and a position: the same in any batch, on any device."""

import torch
from torch import Tensor


def exponential_noise(keys: Tensor, size: int) -> Tensor:
    """Standard exponential variates.

    keys [R, 2] int32 -> [R, size] float32; element (r, i) depends only on keys[r] and i.
    """
    counters = torch.arange(size, dtype=torch.int32, device=keys.device)
    words = _mix(_mix(counters + keys[:, :1]) ^ keys[:, 1:])
    # In (0, 1), finest near 0: small variates win the draw, and they must not tie.
    uniform = (words.long() + 2**31).float().add_(0.5).mul_(2.0**-32).clamp_(max=1 - 2**-24)
    return uniform.neg_().log1p_().neg_()


def _mix(x: Tensor) -> Tensor:
    """MurmurHash3's finalizer on int32, whose products wrap and whose shifts are masked."""
    x = x ^ ((x >> 16) & 0xFFFF)
    x = x * -0x7A143595
    x = x ^ ((x >> 13) & 0x7FFFF)
    x = x * -0x3D4D51CB
    return x ^ ((x >> 16) & 0xFFFF)
