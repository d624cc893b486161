"""Rows to e4m3 with a scale each, in one launch that reads a row once.

A program holds a whole row, so that its largest number is known when it is rounded. What comes
before could end in the same way and spare a launch and a round trip through memory: the norms,
whose programs hold whole rows too, and relu², which has no need of its neighbours but for the
largest of them.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

_E4M3_MAX = tl.constexpr(448.0)
_LEAST_AMAX = tl.constexpr(1e-12)

# 64 numbers a thread at the most: they stay in registers.
_NUMBERS_PER_WARP = 1024
_MAX_WARPS = 16


def quantize_rows(x: Tensor, scale: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """x [R, C], rows contiguous; scale [1] float32 or None -> e4m3 [R, C], scales [R, 1]"""
    num_rows, num_columns = x.shape
    assert x.stride(1) == 1, "a row is read as a whole"
    values = torch.empty_like(x, dtype=torch.float8_e4m3fn, memory_format=torch.contiguous_format)
    scales = torch.empty(num_rows, 1, dtype=torch.float32, device=x.device)
    block = triton.next_power_of_2(num_columns)
    _quantize_rows[(num_rows,)](
        x,
        values,
        scales,
        scales if scale is None else scale,
        num_columns,
        # The stride of a single row may be anything: each value would compile another kernel.
        x.stride(0) if num_rows > 1 else num_columns,
        HAS_SCALE=scale is not None,
        BLOCK=block,
        num_warps=min(max(block // _NUMBERS_PER_WARP, 1), _MAX_WARPS),  # pyright: ignore[reportCallIssue]
    )
    return values, scales


@triton.jit
def _quantize_rows(
    x,
    values,
    scales,
    given_scale,
    num_columns,
    row_stride,
    HAS_SCALE: tl.constexpr,
    BLOCK: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    is_inside = columns < num_columns
    numbers = tl.load(x + row * row_stride + columns, mask=is_inside, other=0.0).to(tl.float32)
    if HAS_SCALE:
        scale = tl.load(given_scale)
    else:
        scale = tl.maximum(tl.max(tl.abs(numbers)), _LEAST_AMAX) * (1 / _E4M3_MAX)
    tl.store(scales + row, scale)
    scaled = tl.clamp(numbers * tl.div_rn(1.0, scale), -_E4M3_MAX, _E4M3_MAX)
    tl.store(values + row * num_columns + columns, scaled.to(tl.float8e4nv), mask=is_inside)
