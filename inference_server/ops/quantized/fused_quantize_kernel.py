"""Norms with quantized results: a program holds a row, so that it knows the largest number."""

# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false
# (a launch takes options that are not parameters)

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.norms.norm_kernel import add_residual
from inference_server.ops.overlap_kernel import overlapped, take_turn
from inference_server.ops.quantized.quantize_kernel import (
    empty_rows,
    num_warps,
    round_numbers,
    row_stride,
)
from inference_server.ops.quantized_rows import QuantizedRows


def quantize_rms_norm(
    x: Tensor,
    residual: Tensor | None,
    weight: Tensor,
    *,
    eps: float,
    scale: Tensor | None = None,
) -> tuple[QuantizedRows, Tensor]:
    """Kernel for `quantize_rms_norm`. All tensors are contiguous."""
    assert x.is_contiguous()
    assert residual is None or (residual.is_contiguous() and residual.shape == x.shape)
    num_rows, num_columns = x.shape
    values, scales = empty_rows(x)
    total = x if residual is None else torch.empty_like(x)
    block = triton.next_power_of_2(num_columns)
    _quantize_rms_norm[(num_rows,)](
        x,
        x if residual is None else residual,
        weight,
        values,
        scales,
        total,
        scales if scale is None else scale,
        eps,
        COLUMNS=num_columns,
        HAS_RESIDUAL=residual is not None,
        HAS_SCALE=scale is not None,
        BLOCK=block,
        num_warps=num_warps(block),
        **overlapped(x),
    )
    return QuantizedRows(values, scales, x.dtype), total


def quantize_gated_norm(
    x: Tensor,
    gate: Tensor,
    weight: Tensor,
    *,
    num_groups: int,
    eps: float,
    scale: Tensor | None = None,
) -> QuantizedRows:
    """Kernel for `quantize_gated_norm`. A row's channels are contiguous, rows may be strided."""
    assert x.stride(1) == gate.stride(1) == 1
    num_rows, num_columns = x.shape
    values, scales = empty_rows(x)
    group_size = num_columns // num_groups
    groups_block = triton.next_power_of_2(num_groups)
    block = triton.next_power_of_2(group_size)
    _quantize_gated_norm[(num_rows,)](
        x,
        gate,
        weight,
        values,
        scales,
        scales if scale is None else scale,
        row_stride(x),
        row_stride(gate),
        eps,
        NUM_GROUPS=num_groups,
        GROUP_SIZE=group_size,
        HAS_SCALE=scale is not None,
        GROUPS_BLOCK=groups_block,
        BLOCK=block,
        num_warps=num_warps(groups_block * block),
        **overlapped(x),
    )
    return QuantizedRows(values, scales, gate.dtype)


@triton.jit
def _quantize_rms_norm(
    x,
    residual,
    weight,
    values,
    scales,
    total,
    given_scale,
    eps,
    COLUMNS: tl.constexpr,
    HAS_RESIDUAL: tl.constexpr,
    HAS_SCALE: tl.constexpr,
    BLOCK: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    is_inside = columns < COLUMNS
    places = row * COLUMNS + columns
    weights = tl.load(weight + columns, mask=is_inside, other=0.0).to(tl.float32)
    take_turn(IS_OVERLAPPED)
    if HAS_RESIDUAL:
        numbers = add_residual(x, residual, total, places, is_inside)
    else:
        numbers = tl.load(x + places, mask=is_inside, other=0.0).to(tl.float32)
    size = tl.rsqrt(tl.sum(numbers * numbers) / COLUMNS + eps)
    rounded, scale = round_numbers(numbers * size * weights, given_scale, HAS_SCALE)
    tl.store(scales + row, scale)
    tl.store(values + places, rounded, mask=is_inside)


@triton.jit
def _quantize_gated_norm(
    x,
    gate,
    weight,
    values,
    scales,
    given_scale,
    x_stride,
    gate_stride,
    eps,
    NUM_GROUPS: tl.constexpr,
    GROUP_SIZE: tl.constexpr,
    HAS_SCALE: tl.constexpr,
    GROUPS_BLOCK: tl.constexpr,
    BLOCK: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    group = tl.arange(0, GROUPS_BLOCK)[:, None]
    within = tl.arange(0, BLOCK)[None, :]
    is_inside = (group < NUM_GROUPS) & (within < GROUP_SIZE)
    columns = group * GROUP_SIZE + within
    weights = tl.load(weight + columns, mask=is_inside, other=0.0).to(tl.float32)
    take_turn(IS_OVERLAPPED)
    numbers = tl.load(x + row * x_stride + columns, mask=is_inside, other=0.0).to(tl.float32)
    gates = tl.load(gate + row * gate_stride + columns, mask=is_inside, other=0.0).to(tl.float32)
    gated = numbers * gates * tl.sigmoid(gates)
    sizes = tl.rsqrt(tl.sum(gated * gated, axis=1, keep_dims=True) / GROUP_SIZE + eps)
    rounded, scale = round_numbers(gated * sizes * weights, given_scale, HAS_SCALE)
    tl.store(scales + row, scale)
    tl.store(values + row * (NUM_GROUPS * GROUP_SIZE) + columns, rounded, mask=is_inside)
