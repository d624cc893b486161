"""Causal attention of packed chunks over the paged cache, which also holds all tokens before them.

A program takes a tile of queries of one head. It reads the keys that all of them see without masks,
then the rest with masks. The grid depends on the longest chunk and the number of chunks; where
chunks start, and how many tokens precede them, is read on the device.
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

# One warpgroup a program, and room for two programs on a multiprocessor. Two tiles of keys and
# values are in flight while one is used.
_NUM_QUERIES = 64
_LAUNCH = {"num_warps": 4, "num_stages": 3}
# Full precision goes through registers and takes twice the space.
_NUM_QUERIES_FLOAT32 = 32
_LAUNCH_FLOAT32 = {"num_warps": 8, "num_stages": 1}
_MAX_TILE = 64


def chunk_attention(q: Tensor, context: PagedContext, *, bounds: Tensor, max_length: int) -> Tensor:
    """Kernel for `chunk_attention`. The rows of q may be strided; block_size is a power of two."""
    num_tokens, num_heads, size = q.shape
    _, block_size, num_kv_heads, _ = context.keys.shape
    check_layout(q, context)
    is_float32 = q.dtype == torch.float32
    num_queries = _NUM_QUERIES_FLOAT32 if is_float32 else _NUM_QUERIES
    y = torch.empty(num_tokens, num_heads, size, dtype=q.dtype, device=q.device)
    _attend_queries[(num_heads, triton.cdiv(max_length, num_queries), len(context.block_table))](
        q,
        *context,
        bounds,
        y,
        q.stride(0),
        context.block_table.stride(0),
        size**-0.5 * LOG2_E,
        KV_HEADS=num_kv_heads,
        GROUP=num_heads // num_kv_heads,
        SIZE=size,
        SIZE_BLOCK=dot_block(size),
        BLOCK_SIZE=block_size,
        NUM_QUERIES=num_queries,
        TILE=min(block_size, _MAX_TILE),
        **_LAUNCH_FLOAT32 if is_float32 else _LAUNCH,
    )
    return y


# Arguments that vary from step to step are not specialized: a ready server compiles nothing.
@triton.jit(do_not_specialize=["block_table", "num_computed", "bounds", "table_stride"])
def _attend_queries(
    q,
    keys,
    values,
    block_table,
    num_computed,
    bounds,
    y,
    q_stride,
    table_stride,
    scale,
    KV_HEADS: tl.constexpr,
    GROUP: tl.constexpr,
    SIZE: tl.constexpr,
    SIZE_BLOCK: tl.constexpr,
    BLOCK_SIZE: tl.constexpr,
    NUM_QUERIES: tl.constexpr,
    TILE: tl.constexpr,
):
    head, chunk = tl.program_id(0), tl.program_id(2)
    # The last queries see the most keys, so they begin first.
    first_query = (tl.num_programs(1) - 1 - tl.program_id(1)) * NUM_QUERIES
    bound = tl.load(bounds + chunk)
    length = tl.load(bounds + chunk + 1) - bound
    if first_query >= length:
        return

    start = tl.load(num_computed + chunk)
    queries = first_query + tl.arange(0, NUM_QUERIES)
    columns = tl.arange(0, SIZE_BLOCK)
    is_column = columns < SIZE
    is_output = (queries < length)[:, None] & is_column[None, :]
    rows = (bound + queries).to(tl.int64)
    q_places = q + rows[:, None] * q_stride + head * SIZE + columns[None, :]
    q_tile = tl.load(q_places, mask=is_output, other=0.0)

    peak = tl.full([NUM_QUERIES], float("-inf"), tl.float32)
    total = tl.zeros([NUM_QUERIES], tl.float32)
    sums = tl.zeros([NUM_QUERIES, SIZE_BLOCK], tl.float32)
    table = block_table + chunk.to(tl.int64) * table_stride
    tokens = tl.arange(0, TILE)
    places = (tokens * KV_HEADS * SIZE)[:, None] + head // GROUP * SIZE + columns[None, :]
    positions = start + queries
    seen_by_all = (start + first_query + 1) // TILE
    seen_by_any = tl.cdiv(start + tl.minimum(first_query + NUM_QUERIES, length), TILE)
    for is_masked in tl.static_range(2):
        first = seen_by_all if is_masked else 0
        last = seen_by_any if is_masked else seen_by_all
        block = tl.load(table + tl.minimum(first, seen_by_any - 1) * TILE // BLOCK_SIZE)
        for tile in range(first, last):
            base = block.to(tl.int64) * BLOCK_SIZE + tile * TILE % BLOCK_SIZE
            # Loaded one tile ahead, so that the copies need not wait for their addresses.
            block = tl.load(table + tl.minimum(tile + 1, last - 1) * TILE // BLOCK_SIZE)
            k_places = keys + base * (KV_HEADS * SIZE) + places
            v_places = values + base * (KV_HEADS * SIZE) + places
            if is_masked or SIZE != SIZE_BLOCK:
                # Behind the context is stale state of another sequence, which may be NaN.
                is_loaded = (tile * TILE + tokens < start + length)[:, None] & is_column[None, :]
                k = tl.load(k_places, mask=is_loaded, other=0.0)
                v = tl.load(v_places, mask=is_loaded, other=0.0)
            else:
                k = tl.load(k_places)
                v = tl.load(v_places)
            scores = tl.dot(q_tile, k.T, input_precision="ieee")
            if is_masked:
                is_visible = (tile * TILE + tokens)[None, :] <= positions[:, None]
                scores = tl.where(is_visible, scores, float("-inf"))
            peak, total, sums = fold_tile(scores, v, scale, peak, total, sums)
    y_places = y + (rows[:, None] * (KV_HEADS * GROUP) + head) * SIZE + columns[None, :]
    tl.store(y_places, sums / total[:, None], mask=is_output)
