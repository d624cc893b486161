"""The noise of sampling/noise.py in a kernel."""

# pyright: reportGeneralTypeIssues=false

import triton
import triton.language as tl


@triton.jit
def exponential_noise(key, tokens):
    """Noise of a row's key for these tokens: -log1p(-u), by log(1 - u) and its rounding error."""
    low = tl.load(key).to(tl.uint32)
    high = tl.load(key + 1).to(tl.uint32)
    word = _mix(_mix(tokens.to(tl.uint32) + low) ^ high) ^ 0x80000000
    uniform = tl.minimum((word.to(tl.float32) + 0.5) * 2.3283064365386963e-10, 0.99999994)
    rest = 1.0 - uniform
    rounded = 1.0 - rest
    is_lost = rounded == 0.0
    correction = uniform / tl.where(is_lost, 1.0, rounded)
    return tl.where(is_lost, uniform, -tl.log(rest) * correction)


@triton.jit
def _mix(x):
    x = x ^ (x >> 16)
    x = x * 0x85EBCA6B
    x = x ^ (x >> 13)
    x = x * 0xC2B2AE35
    return x ^ (x >> 16)
