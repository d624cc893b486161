"""Noise that depends on a seed and a counter alone, the same in any batch and at any time."""

import torch
from torch import Tensor

_MASK_64 = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def noise_key(seed: int, output_index: int) -> tuple[int, int]:
    """Two signed 32-bit words for one draw of one sequence."""
    mixed = _mix_64(_mix_64(seed & _MASK_64) + output_index * _GOLDEN)
    return _signed_32(mixed >> 32), _signed_32(mixed & 0xFFFFFFFF)


def exponential_noise(keys: Tensor, size: int) -> Tensor:
    """Standard exponential variates.

    keys [R, 2] int32 -> [R, size] float32; element (r, i) depends on keys[r] and i alone.
    """
    counters = torch.arange(size, dtype=torch.int32, device=keys.device)
    words = _mix_32(_mix_32(counters + keys[:, :1]) ^ keys[:, 1:])
    # In (0, 1), finest near 0: small variates decide, and they must not be tied.
    uniform = (words.double() + (2**31 + 0.5)).mul_(2.0**-32).float().clamp_(max=1 - 2**-24)
    return uniform.neg_().log1p_().neg_()


def _mix_32(x: Tensor) -> Tensor:
    """MurmurHash3's finaliser on int32, whose products wrap and whose shifts are masked."""
    x = x ^ ((x >> 16) & 0xFFFF)
    x = x * -0x7A143595
    x = x ^ ((x >> 13) & 0x7FFFF)
    x = x * -0x3D4D51CB
    return x ^ ((x >> 16) & 0xFFFF)


def _mix_64(x: int) -> int:
    """One output of SplitMix64."""
    x = (x + _GOLDEN) & _MASK_64
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK_64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK_64
    return x ^ (x >> 31)


def _signed_32(x: int) -> int:
    return x - (1 << 32) if x >= 1 << 31 else x
