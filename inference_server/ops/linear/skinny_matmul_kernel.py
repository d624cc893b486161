"""Skinny matmul: the product for few rows, as in a decode step, bound by reading the weight.

The weight's channels are the 64 rows of a tensor-core product, and the rows of x its columns, so
that both go from memory to the tensor cores without passing through registers. A program sums all
of its channels itself, column by column: a row's result depends neither on the number of rows nor
on their values. While the kernel before it ends, a program prefetches the start of its weight to
the L2 cache.
"""

# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false
# (a launch takes options that are not parameters)

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.dot_block import dot_block
from inference_server.ops.linear.skinny_matmul import (
    CHANNELS_PER_PROGRAM,
    has_skinny_shape,
    launch_options,
)
from inference_server.ops.overlap_kernel import let_next_begin, overlapped, wait
from inference_server.ops.quantized_rows import QuantizedRows

_NUM_WARPS = 4
# Prefetched of each channel. More would delay the loads of the kernel before.
_AHEAD_BYTES = 256
_LINE_BYTES = 128


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """Kernel for `linear`. x is half precision; both are contiguous."""
    y = torch.empty(len(x), len(weight), dtype=x.dtype, device=weight.device)
    _launch(x, None, weight, None, y)
    return y


def scaled_linear(x: QuantizedRows, weight: Tensor, weight_scales: Tensor) -> Tensor:
    """Kernel for `scaled_linear` where x has few rows. All tensors are contiguous."""
    assert x.scales.is_contiguous()
    assert weight_scales.is_contiguous()
    y = torch.empty(len(x.values), len(weight), dtype=x.dtype, device=weight.device)
    _launch(x.values, x.scales, weight, weight_scales, y)
    return y


def _launch(
    x: Tensor, x_scales: Tensor | None, weight: Tensor, weight_scales: Tensor | None, y: Tensor
) -> None:
    num_rows, num_columns = x.shape
    num_channels = len(weight)
    assert has_skinny_shape(x)
    assert x.is_contiguous()
    assert weight.is_contiguous()
    num_programs = triton.cdiv(num_channels, CHANNELS_PER_PROGRAM)
    block_bytes, num_stages = launch_options(num_rows, num_programs)
    _few_rows[(num_programs,)](
        x,
        x_scales,
        weight,
        weight_scales,
        y,
        num_rows,
        num_channels,
        num_columns,
        CHANNELS=CHANNELS_PER_PROGRAM,
        ROWS=dot_block(num_rows),
        BLOCK=block_bytes // x.itemsize,
        AHEAD=_AHEAD_BYTES // x.itemsize,
        LINE=_LINE_BYTES // x.itemsize,
        num_warps=_NUM_WARPS,
        num_stages=num_stages,
        **overlapped(weight),
    )


@triton.jit(do_not_specialize=["num_rows"])
def _few_rows(
    x,
    x_scales,
    weight,
    weight_scales,
    y,
    num_rows,
    num_channels,
    num_columns,
    CHANNELS: tl.constexpr,
    ROWS: tl.constexpr,
    BLOCK: tl.constexpr,
    AHEAD: tl.constexpr,
    LINE: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    channel = tl.program_id(0) * CHANNELS + tl.arange(0, CHANNELS)
    row = tl.arange(0, ROWS)
    column = tl.arange(0, BLOCK)[None, :]
    is_channel, is_row = channel < num_channels, row < num_rows
    # Lanes behind the last channel read that again and write nothing.
    read = tl.minimum(channel, num_channels - 1).to(tl.int64)
    weight_rows = weight + (read * num_columns)[:, None]
    if IS_OVERLAPPED:
        lines = weight_rows + tl.arange(0, AHEAD // LINE)[None, :] * LINE
        tl.inline_asm_elementwise(
            "prefetch.global.L2 [$1]; mov.b32 $0, 0;",
            "=r,l",
            [lines.to(tl.int64)],
            dtype=tl.int32,
            is_pure=False,
            pack=1,
        )
    wait(IS_OVERLAPPED)
    weight_places = weight_rows + column
    x_places = x + (row * num_columns)[:, None] + column

    sums = tl.zeros((CHANNELS, ROWS), tl.float32)
    for start in range(0, num_columns, BLOCK):
        weights = tl.load(weight_places + start, eviction_policy="evict_first")
        numbers = tl.load(x_places + start, mask=is_row[:, None])
        sums = tl.dot(weights, numbers.trans(), sums)

    # Not earlier: the next but one product's programs would fill multiprocessors still in use.
    let_next_begin(IS_OVERLAPPED)
    if x_scales is not None:
        row_scales = tl.load(x_scales + row, mask=is_row)
        scales = tl.load(weight_scales + channel, mask=is_channel)
        sums = sums * row_scales[None, :] * scales[:, None]
    places = y + row[None, :] * num_channels + channel[:, None]
    tl.store(places, sums, mask=is_row[None, :] & is_channel[:, None])
