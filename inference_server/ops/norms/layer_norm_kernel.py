"""Residual addition and layer norm in one pass: a program holds a row."""

import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.norms.norm_kernel import add_norm, add_residual
from inference_server.ops.overlap_kernel import take_turn


def add_layer_norm(
    x: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """As ops/norm.py; contiguous."""
    return add_norm(_add_layer_norm, x, residual, weight, bias, eps=eps)


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
