"""Attention of all tokens of a tile to each other, with the scores kept on the chip.

A program takes a tile of queries of one head. It reads the keys in whole blocks without masks, then
the rest in one block that is as narrow as possible: 1,040 tokens are sixteen blocks of 64 and one
of 16. Channels go through the tensor cores in two parts, such as 64 and 16 for 80: padded to 128, a
third of the products would be of zeros.
"""

# pyright: reportArgumentType=false, reportCallIssue=false
# (a launch takes options that are not parameters)

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.dot_block import dot_block
from inference_server.ops.online_softmax_kernel import LOG2_E

# One warpgroup takes all queries: on an H200 that needs three quarters of the time of two.
_QUERIES, _KEYS = 128, 64
_LAUNCH = {"num_warps": 4, "num_stages": 3}
# Full precision goes through registers and takes twice the space.
_QUERIES_FLOAT32, _KEYS_FLOAT32 = 32, 32
_LAUNCH_FLOAT32 = {"num_warps": 8, "num_stages": 1}


def full_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Kernel for `full_attention`. The heads of a token are contiguous, tokens may be strided."""
    num_tiles, num_tokens, num_heads, size = q.shape
    assert q.stride() == k.stride() == v.stride()
    assert q.stride()[2:] == (size, 1)
    y = torch.empty(q.shape, dtype=q.dtype, device=q.device)
    is_float32 = q.dtype == torch.float32
    queries, keys = (_QUERIES_FLOAT32, _KEYS_FLOAT32) if is_float32 else (_QUERIES, _KEYS)
    first, rest = _parts(size, num_tokens // keys)
    _attend_tile[(triton.cdiv(num_tokens, queries), num_heads, num_tiles)](
        q,
        k,
        v,
        y,
        size**-0.5 * LOG2_E,
        TILE_STRIDE=q.stride(0),
        STRIDE=q.stride(1),
        TOKENS=num_tokens,
        HEADS=num_heads,
        SIZE=size,
        FIRST=first,
        REST=rest,
        QUERIES=queries,
        KEYS=keys,
        LAST_KEYS=dot_block(num_tokens % keys),
        **_LAUNCH_FLOAT32 if is_float32 else _LAUNCH,
    )
    return y


def _parts(size: int, num_blocks: int) -> tuple[int, int]:
    """The sizes of two blocks that cover so many channels; the second may be 0.

    With fewer than two blocks of keys there is no loop, and ptxas 12.8 then reads the address of
    the second part's values from a register that was never written: such tiles get one block.
    """
    whole = dot_block(size)
    if whole in (size, dot_block(1)) or num_blocks < 2:
        return whole, 0
    return whole // 2, dot_block(size - whole // 2)


@triton.jit
def _attend_tile(
    q,
    k,
    v,
    y,
    scale,
    TILE_STRIDE: tl.constexpr,
    STRIDE: tl.constexpr,
    TOKENS: tl.constexpr,
    HEADS: tl.constexpr,
    SIZE: tl.constexpr,
    FIRST: tl.constexpr,
    REST: tl.constexpr,
    QUERIES: tl.constexpr,
    KEYS: tl.constexpr,
    LAST_KEYS: tl.constexpr,
):
    head, tile = tl.program_id(1), tl.program_id(2).to(tl.int64)
    start = tile * TILE_STRIDE + head * SIZE
    k += start
    v += start
    query = tl.program_id(0) * QUERIES + tl.arange(0, QUERIES)
    first = _load(q + start, query, 0, FIRST, STRIDE, SIZE, TOKENS, True)
    rest = first
    if REST:
        rest = _load(q + start, query, FIRST, REST, STRIDE, SIZE, TOKENS, True)

    peak = tl.full([QUERIES], float("-inf"), tl.float32)
    total = tl.zeros([QUERIES], tl.float32)
    first_sums = tl.zeros([QUERIES, FIRST], tl.float32)
    rest_sums = total
    if REST:
        rest_sums = tl.zeros([QUERIES, REST], tl.float32)
    for block in range(TOKENS // KEYS):
        key = block * KEYS + tl.arange(0, KEYS)
        peak, total, first_sums, rest_sums = _fold_keys(
            first,
            rest,
            k,
            v,
            key,
            scale,
            peak,
            total,
            first_sums,
            rest_sums,
            STRIDE,
            SIZE,
            FIRST,
            REST,
            TOKENS,
            False,
        )
    if TOKENS % KEYS:
        key = TOKENS // KEYS * KEYS + tl.arange(0, LAST_KEYS)
        peak, total, first_sums, rest_sums = _fold_keys(
            first,
            rest,
            k,
            v,
            key,
            scale,
            peak,
            total,
            first_sums,
            rest_sums,
            STRIDE,
            SIZE,
            FIRST,
            REST,
            TOKENS,
            TOKENS % KEYS != LAST_KEYS,
        )

    y += (tile * TOKENS * HEADS + head) * SIZE
    share = 1.0 / total[:, None]
    _store(y, query, 0, first_sums * share, FIRST, HEADS * SIZE, SIZE, TOKENS)
    if REST:
        _store(y, query, FIRST, rest_sums * share, REST, HEADS * SIZE, SIZE, TOKENS)


@triton.jit
def _fold_keys(
    first,
    rest,
    k,
    v,
    key,
    scale,
    peak,
    total,
    first_sums,
    rest_sums,
    STRIDE: tl.constexpr,
    SIZE: tl.constexpr,
    FIRST: tl.constexpr,
    REST: tl.constexpr,
    TOKENS: tl.constexpr,
    IS_MASKED: tl.constexpr,
):
    """Adds a block to the running softmax (as fold_tile does), with its sums in two parts."""
    first_k = _load(k, key, 0, FIRST, STRIDE, SIZE, TOKENS, IS_MASKED)
    scores = tl.dot(first, first_k.T, input_precision="ieee")
    if REST:
        rest_k = _load(k, key, FIRST, REST, STRIDE, SIZE, TOKENS, IS_MASKED)
        scores = tl.dot(rest, rest_k.T, scores, input_precision="ieee")
    if IS_MASKED:
        scores = tl.where((key < TOKENS)[None, :], scores, float("-inf"))
    new_peak = tl.maximum(peak, tl.max(scores, axis=1))
    weights = tl.exp2(scores * scale - (new_peak * scale)[:, None])
    shrink = tl.exp2((peak - new_peak) * scale)
    total = total * shrink + tl.sum(weights, axis=1)
    weights = weights.to(v.dtype.element_ty)
    first_v = _load(v, key, 0, FIRST, STRIDE, SIZE, TOKENS, IS_MASKED)
    first_sums *= shrink[:, None]
    first_sums = tl.dot(weights, first_v, first_sums, input_precision="ieee")
    if REST:
        rest_v = _load(v, key, FIRST, REST, STRIDE, SIZE, TOKENS, IS_MASKED)
        rest_sums *= shrink[:, None]
        rest_sums = tl.dot(weights, rest_v, rest_sums, input_precision="ieee")
    return new_peak, total, first_sums, rest_sums


@triton.jit
def _load(
    tokens,
    token,
    CHANNEL: tl.constexpr,
    CHANNELS: tl.constexpr,
    STRIDE: tl.constexpr,
    SIZE: tl.constexpr,
    TOKENS: tl.constexpr,
    IS_MASKED: tl.constexpr,
):
    """Channels from CHANNEL on of some tokens, zeros beyond the last [tokens, CHANNELS]"""
    column = CHANNEL + tl.arange(0, CHANNELS)
    places = tokens + token[:, None] * STRIDE + column[None, :]
    is_channel = (column < SIZE)[None, :]
    if IS_MASKED:
        rows = tl.load(places, mask=(token < TOKENS)[:, None] & is_channel, other=0.0)
    elif CHANNEL + CHANNELS > SIZE:
        rows = tl.load(places, mask=is_channel, other=0.0)
    else:
        rows = tl.load(places)
    return rows


@triton.jit
def _store(
    y,
    query,
    channel,
    sums,
    CHANNELS: tl.constexpr,
    STRIDE: tl.constexpr,
    SIZE: tl.constexpr,
    TOKENS: tl.constexpr,
):
    column = channel + tl.arange(0, CHANNELS)
    is_place = (query < TOKENS)[:, None] & (column < SIZE)[None, :]
    tl.store(y + query[:, None] * STRIDE + column[None, :], sums, mask=is_place)
