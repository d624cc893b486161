"""relu² and the exact GELU, each in one pass."""

# pyright: reportArgumentType=false, reportCallIssue=false
# (a launch has options that are no parameters)

import torch
import triton
import triton.language as tl
from torch import Tensor

# Two accesses of sixteen bytes a thread.
_BLOCK = 2048
_NUM_WARPS = 4


def squared_relu(x: Tensor) -> Tensor:
    """As ops/activation.py; contiguous."""
    assert x.is_contiguous()
    size = x.shape[-1]
    y = torch.empty_like(x)
    _squared_relu[(x.numel() // size, triton.cdiv(size, _BLOCK))](
        x, y, SIZE=size, BLOCK=_BLOCK, num_warps=_NUM_WARPS
    )
    return y


@triton.jit
def _squared_relu(x, y, SIZE: tl.constexpr, BLOCK: tl.constexpr):
    columns = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    is_inside = columns < SIZE
    places = tl.program_id(0).to(tl.int64) * SIZE + columns
    numbers = tl.load(x + places, mask=is_inside, other=0.0).to(tl.float32)
    # A choice and not a maximum: what is no number stays none, as in torch.
    positive = tl.where(numbers < 0.0, 0.0, numbers)
    tl.store(y + places, positive * positive, mask=is_inside)


def gelu(x: Tensor) -> Tensor:
    """As ops/activation.py; contiguous, and written over."""
    assert x.is_contiguous()
    _gelu[(triton.cdiv(x.numel(), _BLOCK),)](x, x.numel(), BLOCK=_BLOCK, num_warps=_NUM_WARPS)
    return x


@triton.jit
def _gelu(x, size, BLOCK: tl.constexpr):
    places = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    numbers = tl.load(x + places, mask=places < size, other=0.0).to(tl.float32)
    magnitude = tl.minimum(tl.abs(numbers), 20.0)
    # What of the normal distribution lies below -magnitude: Hastings' form (Abramowitz and Stegun,
    # 7.1.26) with one more term, fitted to err by 7e-6 of the share. By erf it would cost the
    # double, and small shares would be lost.
    t = tl.rsqrt(1.0 + 0.31112698 * magnitude)
    t *= t
    share = 0.17270306 + t * -0.07209926
    share = 0.02307816 + t * share
    share = 0.13048841 + t * share
    share = 0.12157354 + t * share
    share = (0.12425722 + t * share) * t
    share *= tl.exp2(magnitude * magnitude * -0.72134752)
    # A choice and not a maximum: what is no number stays none, as in torch.
    y = tl.where(numbers < 0.0, 0.0, numbers) - magnitude * share
    tl.store(x + places, y, mask=places < size)
