"""The FP8 product for few rows, as a decode step has: reading the weight is all that counts.

Channels stand where a product of tensor cores has its 64 rows, the rows where it has its columns,
so that both go from memory to the tensor cores without passing a register. A program sums its
channels alone, column by column: what a row becomes depends on neither how many rows there are nor
what they hold.
"""

# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false
# (a launch has options that are no parameters)

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.quantized_rows import QuantizedRows

_MAX_ROWS = 64
# The least that a matrix product of the tensor cores takes.
_MIN_DOT = 16
_CHANNELS = 64

# A program that has a multiprocessor to itself must keep the memory busy alone: eleven blocks are
# on their way while one is used. Above two for each of an H200's 132 they do so together.
_LAUNCH = {"BLOCK": 128, "num_warps": 4, "num_stages": 12}
_LAUNCH_MANY = {"BLOCK": 256, "num_warps": 4, "num_stages": 3}
_MANY_PROGRAMS = 2 * 132
# The number of columns is a multiple of it, and of either block.
_GRANULE = 256
_SHARED_BYTES = _LAUNCH["num_stages"] * (_CHANNELS + _MAX_ROWS) * _LAUNCH["BLOCK"]


def can_multiply(x: Tensor) -> bool:
    """Whether the kernel is for x [R, C] and for its GPU, of which small ones lack the memory."""
    num_rows, num_columns = x.shape
    if not 0 < num_rows <= _MAX_ROWS or num_columns % _GRANULE:
        return False
    properties = torch.cuda.get_device_properties(x.device)
    return properties.shared_memory_per_block_optin >= _SHARED_BYTES


def scaled_linear(x: QuantizedRows, weight: Tensor, weight_scales: Tensor) -> Tensor:
    """As ops/quantize.py, of 1 to 64 rows; the number of columns is a multiple of 256."""
    num_rows, num_columns = x.values.shape
    num_channels = len(weight)
    assert 0 < num_rows <= _MAX_ROWS
    assert num_columns % _GRANULE == 0
    assert x.values.is_contiguous()
    assert x.scales.is_contiguous()
    assert weight.is_contiguous()
    assert weight_scales.is_contiguous()
    num_programs = triton.cdiv(num_channels, _CHANNELS)
    y = torch.empty(num_rows, num_channels, dtype=x.dtype, device=weight.device)
    _scaled_linear[(num_programs,)](
        x.values,
        x.scales,
        weight,
        weight_scales,
        y,
        num_rows,
        num_channels,
        num_columns,
        CHANNELS=_CHANNELS,
        ROWS=max(triton.next_power_of_2(num_rows), _MIN_DOT),
        # By the weight alone, as the order of sums may hang on it.
        **_LAUNCH_MANY if num_programs > _MANY_PROGRAMS else _LAUNCH,
    )
    return y


@triton.jit(do_not_specialize=["num_rows"])
def _scaled_linear(
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
):
    channel = tl.program_id(0) * CHANNELS + tl.arange(0, CHANNELS)
    row = tl.arange(0, ROWS)
    column = tl.arange(0, BLOCK)[None, :]
    is_channel, is_row = channel < num_channels, row < num_rows
    # Behind the last channel it is read again, and not written.
    read = tl.minimum(channel, num_channels - 1).to(tl.int64)
    weight_places = weight + (read * num_columns)[:, None] + column
    x_places = x + (row * num_columns)[:, None] + column

    sums = tl.zeros((CHANNELS, ROWS), tl.float32)
    for start in range(0, num_columns, BLOCK):
        weights = tl.load(weight_places + start, eviction_policy="evict_first")
        numbers = tl.load(x_places + start, mask=is_row[:, None])
        sums = tl.dot(weights, numbers.trans(), sums)

    row_scales = tl.load(x_scales + row, mask=is_row)
    scales = tl.load(weight_scales + channel, mask=is_channel)
    scaled = sums * row_scales[None, :] * scales[:, None]
    places = y + row[None, :] * num_channels + channel[:, None]
    tl.store(places, scaled, mask=is_row[None, :] & is_channel[:, None])
