"""Writes keys and values to the paged cache in one launch: a program takes a token."""

# pyright: reportArgumentType=false, reportCallIssue=false
# (a launch takes options that are not parameters)

import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.overlap_kernel import overlapped, take_turn

_NUM_WARPS = 4


def store_kv(k: Tensor, v: Tensor, *, keys: Tensor, values: Tensor, positions: Tensor) -> None:
    """Kernel for `store_kv`. The heads of a token are contiguous, tokens may be strided."""
    num_tokens, num_heads, size = k.shape
    for tensor in (k, v):
        assert tensor.stride()[1:] == (size, 1)
    for pool in (keys, values):
        assert pool.is_contiguous()
    entry = num_heads * size
    _store_kv[(num_tokens,)](
        k,
        v,
        keys,
        values,
        positions,
        k.stride(0),
        v.stride(0),
        SIZE=entry,
        BLOCK=triton.next_power_of_2(entry),
        num_warps=_NUM_WARPS,
        **overlapped(k),
    )


@triton.jit(do_not_specialize=["positions"])
def _store_kv(
    k,
    v,
    keys,
    values,
    positions,
    k_stride,
    v_stride,
    SIZE: tl.constexpr,
    BLOCK: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    token = tl.program_id(0).to(tl.int64)
    place = tl.load(positions + token).to(tl.int64) * SIZE
    columns = tl.arange(0, BLOCK)
    is_inside = columns < SIZE
    take_turn(IS_OVERLAPPED)
    key = tl.load(k + token * k_stride + columns, mask=is_inside)
    value = tl.load(v + token * v_stride + columns, mask=is_inside)
    tl.store(keys + place + columns, key, mask=is_inside)
    tl.store(values + place + columns, value, mask=is_inside)
