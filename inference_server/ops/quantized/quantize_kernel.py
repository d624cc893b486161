"""Quantizes rows to e4m3, each with a scale, in one pass: a program holds a row."""

# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false
# (a launch takes options that are not parameters)

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.overlap_kernel import overlapped, take_turn
from inference_server.ops.quantized_rows import E4M3, E4M3_MAX, LEAST_AMAX, QuantizedRows

_MAX = tl.constexpr(E4M3_MAX)
_MIN = tl.constexpr(-E4M3_MAX)
_INVERSE_MAX = tl.constexpr(1 / E4M3_MAX)
_LEAST_AMAX = tl.constexpr(LEAST_AMAX)

# Four accesses of sixteen bytes a thread; at twenty thousand columns eight, all in registers.
_NUMBERS_PER_WARP = 1024
_MAX_WARPS = 16


def quantize_rows(x: Tensor, scale: Tensor | None = None) -> QuantizedRows:
    """Kernel for `quantize_rows`. The numbers of a row are contiguous, rows may be strided."""
    return _quantize(x, scale, is_squared_relu=False)


def quantize_squared_relu(x: Tensor, scale: Tensor | None = None) -> QuantizedRows:
    """Kernel for `quantize_squared_relu`. A row's numbers are contiguous, rows strided."""
    return _quantize(x, scale, is_squared_relu=True)


def _quantize(x: Tensor, scale: Tensor | None, *, is_squared_relu: bool) -> QuantizedRows:
    num_rows, num_columns = x.shape
    assert x.stride(1) == 1
    values, scales = empty_rows(x)
    block = triton.next_power_of_2(num_columns)
    _quantize_rows[(num_rows,)](
        x,
        values,
        scales,
        scales if scale is None else scale,
        row_stride(x),
        COLUMNS=num_columns,
        IS_SQUARED_RELU=is_squared_relu,
        HAS_SCALE=scale is not None,
        BLOCK=block,
        num_warps=num_warps(block),
        **overlapped(x),
    )
    return QuantizedRows(values, scales, x.dtype)


def empty_rows(x: Tensor) -> tuple[Tensor, Tensor]:
    """Memory for the quantized rows of x [R, C] and for their scales."""
    values = torch.empty(x.shape, dtype=E4M3, device=x.device)
    return values, torch.empty(len(x), 1, dtype=torch.float32, device=x.device)


def row_stride(x: Tensor) -> int:
    """The stride of x [R, C]; that of a single row is fixed, so that it compiles nothing new."""
    return x.stride(0) if len(x) > 1 else x.shape[1]


def num_warps(block: int) -> int:
    """The warps of a program that holds so many numbers."""
    return min(max(block // _NUMBERS_PER_WARP, 1), _MAX_WARPS)


@triton.jit
def round_numbers(numbers, given_scale, HAS_SCALE: tl.constexpr):
    """float32 numbers of one row, 0 behind its end -> e4m3, and the scale"""
    if HAS_SCALE:
        scale = tl.load(given_scale)
    else:
        scale = tl.maximum(tl.max(tl.abs(numbers)), _LEAST_AMAX) * _INVERSE_MAX
    scaled = tl.clamp(numbers * tl.div_rn(1.0, scale), _MIN, _MAX, tl.PropagateNan.ALL)
    return scaled.to(tl.float8e4nv), scale


@triton.jit
def _quantize_rows(
    x,
    values,
    scales,
    given_scale,
    stride,
    COLUMNS: tl.constexpr,
    IS_SQUARED_RELU: tl.constexpr,
    HAS_SCALE: tl.constexpr,
    BLOCK: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    is_inside = columns < COLUMNS
    take_turn(IS_OVERLAPPED)
    numbers = tl.load(x + row * stride + columns, mask=is_inside, other=0.0).to(tl.float32)
    if IS_SQUARED_RELU:
        # `where` instead of `maximum`, so that NaN stays NaN.
        numbers = tl.where(numbers < 0.0, 0.0, numbers * numbers)
    rounded, scale = round_numbers(numbers, given_scale, HAS_SCALE)
    tl.store(scales + row, scale)
    tl.store(values + row * COLUMNS + columns, rounded, mask=is_inside)
