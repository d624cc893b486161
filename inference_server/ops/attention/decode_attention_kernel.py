"""Attention of one new token a sequence over the paged cache, split along the context.

A program takes one sequence, one key-value head with all query heads that it serves, and one share
of the context; a second kernel joins the shares. The number of shares depends on the number of rows
alone, and their length on lengths read on the device, so that a CUDA graph can be replayed at any
context. Programs whose share is empty end at once.
"""

# pyright: reportArgumentType=false, reportCallIssue=false
# (a launch takes options that are not parameters)

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.attention.paged_context import PagedContext, check_layout
from inference_server.ops.dot_block import dot_block
from inference_server.ops.online_softmax_kernel import LOG2_E, fold_tile
from inference_server.ops.overlap_kernel import overlapped, take_turn

# More programs than the GPU runs at a time, so that it is not left to a few long contexts.
_TARGET_PROGRAMS = 2048
_MAX_SPLITS = 64
_MAX_TILE = 64

# Two tiles are in flight while one is used; in full precision there is no space for them.
_LAUNCH = {"num_warps": 4, "num_stages": 3}
_LAUNCH_FLOAT32 = {"num_warps": 8, "num_stages": 1}


def decode_attention(q: Tensor, context: PagedContext) -> Tensor:
    """Kernel for `decode_attention`. The rows of q may be strided; block_size is a power of two."""
    num_rows, num_heads, size = q.shape
    _, block_size, num_kv_heads, _ = context.keys.shape
    check_layout(q, context)
    splits = num_splits(num_rows * num_kv_heads)
    y = torch.empty(num_rows, num_heads, size, dtype=q.dtype, device=q.device)
    logs = torch.empty(num_rows, num_heads, splits, dtype=torch.float32, device=q.device)
    shares = y if splits == 1 else logs.new_empty(*logs.shape, size)
    tile, size_block = min(block_size, _MAX_TILE), dot_block(size)
    _attend_share[(num_kv_heads, splits, num_rows)](
        q,
        *context,
        shares,
        logs,
        q.stride(0),
        context.block_table.stride(0),
        size**-0.5 * LOG2_E,
        NUM_SPLITS=splits,
        KV_HEADS=num_kv_heads,
        GROUP=num_heads // num_kv_heads,
        GROUP_BLOCK=dot_block(num_heads // num_kv_heads),
        SIZE=size,
        SIZE_BLOCK=size_block,
        BLOCK_SIZE=block_size,
        TILE=tile,
        **_LAUNCH_FLOAT32 if q.dtype == torch.float32 else _LAUNCH,
        **overlapped(q),
    )
    if splits > 1:
        _join_shares[(num_heads, num_rows)](
            shares,
            logs,
            context.num_computed,
            y,
            NUM_SPLITS=splits,
            SIZE=size,
            SIZE_BLOCK=size_block,
            TILE=tile,
            **overlapped(q),
        )
    return y


def num_splits(num_pairs: int) -> int:
    """Shares of the context for so many pairs of sequence and key-value head: 1, 2, 4 ... 64"""
    return min(int(triton.next_power_of_2(-(-_TARGET_PROGRAMS // num_pairs))), _MAX_SPLITS)


# Arguments that vary from step to step are not specialized: a ready server compiles nothing.
@triton.jit(do_not_specialize=["block_table", "num_computed", "table_stride"])
def _attend_share(
    q,
    keys,
    values,
    block_table,
    num_computed,
    shares,
    logs,
    q_stride,
    table_stride,
    scale,
    NUM_SPLITS: tl.constexpr,
    KV_HEADS: tl.constexpr,
    GROUP: tl.constexpr,
    GROUP_BLOCK: tl.constexpr,
    SIZE: tl.constexpr,
    SIZE_BLOCK: tl.constexpr,
    BLOCK_SIZE: tl.constexpr,
    TILE: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    kv_head, split, row = tl.program_id(0), tl.program_id(1), tl.program_id(2).to(tl.int64)
    context = tl.load(num_computed + row) + 1
    num_tiles = tl.cdiv(context, TILE)
    tiles_per_split = tl.cdiv(num_tiles, NUM_SPLITS)
    first = split * tiles_per_split
    last = tl.minimum(first + tiles_per_split, num_tiles)
    take_turn(IS_OVERLAPPED)
    if first >= last:
        return

    lanes = tl.arange(0, GROUP_BLOCK)
    columns = tl.arange(0, SIZE_BLOCK)
    heads = kv_head * GROUP + lanes
    is_output = (lanes < GROUP)[:, None] & (columns < SIZE)[None, :]
    q_places = q + row * q_stride + heads[:, None] * SIZE + columns[None, :]
    queries = tl.load(q_places, mask=is_output, other=0.0)

    peak = tl.full([GROUP_BLOCK], float("-inf"), tl.float32)
    total = tl.zeros([GROUP_BLOCK], tl.float32)
    sums = tl.zeros([GROUP_BLOCK, SIZE_BLOCK], tl.float32)
    tokens = tl.arange(0, TILE)
    places = (tokens * KV_HEADS * SIZE)[:, None] + kv_head * SIZE + columns[None, :]
    table = block_table + row * table_stride
    block = tl.load(table + first * TILE // BLOCK_SIZE)
    for tile in range(first, last):
        start = tile * TILE
        base = block.to(tl.int64) * BLOCK_SIZE + start % BLOCK_SIZE
        # Loaded one tile ahead, so that the copies need not wait for their addresses.
        block = tl.load(table + tl.minimum(tile + 1, last - 1) * TILE // BLOCK_SIZE)
        # Behind the context is stale state of another sequence, which may be NaN.
        is_visible = start + tokens < context
        is_loaded = is_visible[:, None]
        if SIZE != SIZE_BLOCK:
            is_loaded = is_loaded & (columns < SIZE)[None, :]
        k = tl.load(keys + base * (KV_HEADS * SIZE) + places, mask=is_loaded, other=0.0)
        v = tl.load(values + base * (KV_HEADS * SIZE) + places, mask=is_loaded, other=0.0)
        scores = tl.dot(queries, k.T, input_precision="ieee")
        scores = tl.where(is_visible[None, :], scores, float("-inf"))
        peak, total, sums = fold_tile(scores, v, scale, peak, total, sums)

    outputs = (row * KV_HEADS * GROUP + heads) * NUM_SPLITS + split
    y_places = shares + outputs[:, None] * SIZE + columns[None, :]
    tl.store(y_places, sums / total[:, None], mask=is_output)
    if NUM_SPLITS > 1:
        tl.store(logs + outputs, peak * scale + tl.log2(total), mask=lanes < GROUP)


@triton.jit(do_not_specialize=["num_computed"])
def _join_shares(
    shares,
    logs,
    num_computed,
    y,
    NUM_SPLITS: tl.constexpr,
    SIZE: tl.constexpr,
    SIZE_BLOCK: tl.constexpr,
    TILE: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    output = tl.program_id(1).to(tl.int64) * tl.num_programs(0) + tl.program_id(0)
    num_tiles = tl.cdiv(tl.load(num_computed + tl.program_id(1)) + 1, TILE)
    num_filled = tl.cdiv(num_tiles, tl.cdiv(num_tiles, NUM_SPLITS))
    splits = tl.arange(0, NUM_SPLITS)
    columns = tl.arange(0, SIZE_BLOCK)
    is_filled = splits < num_filled
    take_turn(IS_OVERLAPPED)
    log = tl.load(logs + output * NUM_SPLITS + splits, mask=is_filled, other=float("-inf"))
    weights = tl.exp2(log - tl.max(log, axis=0))
    places = (output * NUM_SPLITS + splits)[:, None] * SIZE + columns[None, :]
    is_share = is_filled[:, None] & (columns < SIZE)[None, :]
    share = tl.load(shares + places, mask=is_share, other=0.0)
    joined = tl.sum(weights[:, None] * share, axis=0) / tl.sum(weights, axis=0)
    tl.store(y + output * SIZE + columns, joined, mask=columns < SIZE)
