"""Residual addition and norm in one pass: a program holds a row."""

# pyright: reportArgumentType=false, reportCallIssue=false
# (a launch takes options that are not parameters)

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.overlap_kernel import overlapped, take_turn

# Two accesses of sixteen bytes a thread, since few rows leave most of the GPU idle.
_NUMBERS_PER_WARP = 512
_MAX_WARPS = 16


def add_rms_norm(x: Tensor, residual: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Kernel for `add_rms_norm`. All tensors are contiguous."""
    return _add_norm(_add_rms_norm, x, residual, weight, eps=eps)


def add_layer_norm(
    x: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """Kernel for `add_layer_norm`. All tensors are contiguous."""
    return _add_norm(_add_layer_norm, x, residual, weight, bias, eps=eps)


def _add_norm(
    kernel: triton.JITFunction, x: Tensor, residual: Tensor, *parameters: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """Launches one of the two kernels below -> the normed rows, and the sum"""
    assert x.shape == residual.shape
    assert x.is_contiguous()
    assert residual.is_contiguous()
    size = x.shape[-1]
    normed, total = torch.empty_like(x), torch.empty_like(x)
    block = triton.next_power_of_2(size)
    kernel[(x.numel() // size,)](
        x,
        residual,
        *parameters,
        normed,
        total,
        eps,
        SIZE=size,
        BLOCK=block,
        num_warps=min(max(block // _NUMBERS_PER_WARP, 1), _MAX_WARPS),
        **overlapped(x),
    )
    return normed, total


@triton.jit
def add_residual(x, residual, total, places, is_inside):
    """Writes the sum of a row and its residual, and returns it in float32."""
    added = tl.load(x + places, mask=is_inside, other=0.0).to(tl.float32)
    kept = tl.load(residual + places, mask=is_inside, other=0.0).to(tl.float32)
    # The norm uses the rounded sum, since later layers add to that.
    rounded = (added + kept).to(total.dtype.element_ty)
    tl.store(total + places, rounded, mask=is_inside)
    return rounded.to(tl.float32)


@triton.jit
def _add_rms_norm(
    x,
    residual,
    weight,
    normed,
    total,
    eps,
    SIZE: tl.constexpr,
    BLOCK: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    columns = tl.arange(0, BLOCK)
    is_inside = columns < SIZE
    places = tl.program_id(0).to(tl.int64) * SIZE + columns
    scale = tl.load(weight + columns, mask=is_inside, other=0.0).to(tl.float32)
    take_turn(IS_OVERLAPPED)
    row = add_residual(x, residual, total, places, is_inside)
    size = tl.rsqrt(tl.sum(row * row) / SIZE + eps)
    tl.store(normed + places, row * size * scale, mask=is_inside)


@triton.jit
def _add_layer_norm(
    x,
    residual,
    weight,
    bias,
    normed,
    total,
    eps,
    SIZE: tl.constexpr,
    BLOCK: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    columns = tl.arange(0, BLOCK)
    is_inside = columns < SIZE
    places = tl.program_id(0).to(tl.int64) * SIZE + columns
    scale = tl.load(weight + columns, mask=is_inside, other=0.0).to(tl.float32)
    shift = tl.load(bias + columns, mask=is_inside, other=0.0).to(tl.float32)
    take_turn(IS_OVERLAPPED)
    row = add_residual(x, residual, total, places, is_inside)
    centered = tl.where(is_inside, row - tl.sum(row) / SIZE, 0.0)
    size = tl.rsqrt(tl.sum(centered * centered) / SIZE + eps)
    tl.store(normed + places, centered * size * scale + shift, mask=is_inside)
