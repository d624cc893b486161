"""The keys of noise: each draw of each sequence has its own, whatever else is drawn and when."""

_MASK_64 = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def noise_key(seed: int, output_index: int) -> tuple[int, int]:
    """Two signed 32-bit words for one draw of one sequence."""
    mixed = _mix(_mix(seed & _MASK_64) + output_index * _GOLDEN)
    return _signed_32(mixed >> 32), _signed_32(mixed & 0xFFFFFFFF)


def _mix(x: int) -> int:
    """One output of SplitMix64."""
    x = (x + _GOLDEN) & _MASK_64
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK_64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK_64
    return x ^ (x >> 31)


def _signed_32(x: int) -> int:
    return x - (1 << 32) if x >= 1 << 31 else x
