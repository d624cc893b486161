"""Draws tokens in two launches, without sorting.

The first scores every token and sums up each block of the vocabulary; the second, a program a row,
settles which token it is. A row that truncates is settled by rejection: the best score is right if
the tokens likelier than it leave room for it; if not, what is to be kept lies above it, and the
best score there is next. Each round reads the row once; a row that keeps nine tenths of its mass
takes 1.1 rounds on average. Every sum has one order: a row's token does not depend on neighbours.
"""

# A kernel is called through its grid, and what it calls returns what the compiler makes of it.
# pyright: reportCallIssue=false, reportGeneralTypeIssues=false

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.sampling.noise_kernel import exponential_noise
from inference_server.ops.sampling.truncation import Truncation

# Tokens of one program of the first kernel, and of one round of the second's loops.
_BLOCK = 4096
_SCAN = 8192
_NO_INDEX = tl.constexpr(2**31 - 1)
_LEAST_KEY = tl.constexpr(-(2**31))
_LARGEST_KEY = tl.constexpr(2**31 - 1)


def sample_tokens(
    logits: Tensor, *, scales: Tensor, keys: Tensor, truncation: Truncation | None = None
) -> Tensor:
    """As ops/sampling.py; contiguous."""
    assert logits.is_contiguous(), "rows are found by their number"
    num_rows, vocab_size = logits.shape
    num_blocks = -(-vocab_size // _BLOCK)
    best, top, mass = torch.empty(3, num_rows, num_blocks, device=logits.device).unbind()
    index = torch.empty(num_rows, num_blocks, dtype=torch.int32, device=logits.device)
    scores = logits if truncation is None else torch.empty_like(logits)
    token_ids = torch.empty(num_rows, dtype=torch.int64, device=logits.device)
    is_truncated = truncation is not None
    _score_blocks[(num_rows, num_blocks)](
        logits,
        scales,
        keys,
        scores,
        best,
        index,
        top,
        mass,
        vocab_size,
        num_blocks,
        IS_TRUNCATED=is_truncated,
        BLOCK=_BLOCK,
        num_warps=8,
    )
    _settle_rows[(num_rows,)](
        logits,
        scales,
        scores,
        best,
        index,
        top,
        mass,
        scales if truncation is None else truncation.min_p,
        scales if truncation is None else truncation.top_k,
        scales if truncation is None else truncation.top_p,
        token_ids,
        vocab_size,
        num_blocks,
        IS_TRUNCATED=is_truncated,
        NUM_BLOCKS=triton.next_power_of_2(num_blocks),
        BLOCK=min(_SCAN, triton.next_power_of_2(vocab_size)),
        num_warps=16 if is_truncated else 1,
    )
    return token_ids


@triton.jit
def _score_blocks(
    logits,
    scales,
    keys,
    scores,
    block_best,
    block_index,
    block_top,
    block_mass,
    vocab_size,
    num_blocks,
    IS_TRUNCATED: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """The best score of a block and where it is; the largest logit, and the mass relative to it."""
    row, block = tl.program_id(0).to(tl.int64), tl.program_id(1)
    tokens = block * BLOCK + tl.arange(0, BLOCK)
    is_token = tokens < vocab_size
    scale = tl.load(scales + row)
    logit = tl.load(logits + row * vocab_size + tokens, mask=is_token, other=-float("inf"))
    score = logit
    if scale > 0:
        scaled = logit * scale
        score = scaled - tl.log(exponential_noise(keys + 2 * row, tokens))
        if IS_TRUNCATED:
            top = tl.max(scaled)
            tl.store(block_top + row * num_blocks + block, top)
            # A block that is held back whole has no mass, and no say in which logit is the largest.
            top = tl.where(top > -float("inf"), top, 0.0)
            tl.store(block_mass + row * num_blocks + block, tl.sum(tl.exp(scaled - top)))
            tl.store(scores + row * vocab_size + tokens, score, mask=is_token)
    best = tl.max(score)
    index = tl.min(tl.where(score == best, tokens, _NO_INDEX))
    tl.store(block_best + row * num_blocks + block, best)
    tl.store(block_index + row * num_blocks + block, index)


@triton.jit
def _settle_rows(
    logits,
    scales,
    scores,
    block_best,
    block_index,
    block_top,
    block_mass,
    min_p,
    top_k,
    top_p,
    token_ids,
    vocab_size,
    num_blocks,
    IS_TRUNCATED: tl.constexpr,
    NUM_BLOCKS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """The token of a row, from its blocks and where it truncates from its scores."""
    row = tl.program_id(0).to(tl.int64)
    blocks = row * num_blocks + tl.arange(0, NUM_BLOCKS)
    is_block = tl.arange(0, NUM_BLOCKS) < num_blocks
    best = tl.load(block_best + blocks, mask=is_block, other=-float("inf"))
    index = tl.load(block_index + blocks, mask=is_block, other=_NO_INDEX)
    token = tl.min(tl.where(best == tl.max(best), index, _NO_INDEX))
    # Where every comparison fails, as with logits that are not numbers, some token is drawn still.
    token = tl.minimum(token, vocab_size - 1)
    if IS_TRUNCATED:
        scale = tl.load(scales + row)
        if scale > 0:
            tops = tl.load(block_top + blocks, mask=is_block, other=-float("inf"))
            masses = tl.load(block_mass + blocks, mask=is_block, other=0.0)
            top = tl.max(tops)
            token = _settle_truncated(
                logits + row * vocab_size,
                scores + row * vocab_size,
                scale,
                top,
                tl.sum(masses * tl.exp(tops - top)),
                token,
                tl.load(min_p + row),
                tl.load(top_k + row),
                tl.load(top_p + row),
                vocab_size,
                BLOCK,
            )
    tl.store(token_ids + row, token.to(tl.int64))


@triton.jit
def _settle_truncated(
    logits, scores, scale, top, mass, token, min_p, top_k, top_p, vocab_size, BLOCK: tl.constexpr
):
    """The best score among what is kept, given the best of all and the mass of all."""
    floor = tl.where(min_p > 0, top + tl.log(tl.maximum(min_p, 1e-37)), -float("inf"))
    if top_k < vocab_size:
        floor = tl.maximum(floor, _kth_largest(logits, scale, top_k, vocab_size, BLOCK))
    if floor > -float("inf"):
        mass, token = _look_above(
            logits, scores, scale, top, floor, -float("inf"), vocab_size, BLOCK
        )
    if top_p < 1:
        pivot = tl.load(logits + token) * scale
        above, better = _look_above(logits, scores, scale, top, floor, pivot, vocab_size, BLOCK)
        # Nothing above the pivot ends it whatever the mass is: a row that is no numbers too.
        while (above > 0) & (above >= top_p * mass):
            token = better
            pivot = tl.load(logits + token) * scale
            above, better = _look_above(logits, scores, scale, top, floor, pivot, vocab_size, BLOCK)
    return token


@triton.jit
def _look_above(logits, scores, scale, top, floor, pivot, vocab_size, BLOCK: tl.constexpr):
    """Of the tokens from floor on and above pivot: their mass, and which has the best score."""
    mass = tl.zeros([BLOCK], tl.float32)
    best = tl.full([BLOCK], -float("inf"), tl.float32)
    index = tl.full([BLOCK], _NO_INDEX, tl.int32)
    for start in range(0, vocab_size, BLOCK):
        tokens = start + tl.arange(0, BLOCK)
        is_token = tokens < vocab_size
        scaled = tl.load(logits + tokens, mask=is_token, other=-float("inf")) * scale
        score = tl.load(scores + tokens, mask=is_token, other=-float("inf"))
        is_in = (scaled >= floor) & (scaled > pivot)
        mass += tl.where(is_in, tl.exp(scaled - top), 0.0)
        is_better = is_in & (score > best)
        best = tl.where(is_better, score, best)
        index = tl.where(is_better, tokens, index)
    token = tl.min(tl.where(best == tl.max(best), index, _NO_INDEX))
    return tl.sum(mass), tl.minimum(token, vocab_size - 1)


@triton.jit
def _kth_largest(logits, scale, k, vocab_size, BLOCK: tl.constexpr):
    """Bisects between keys that order as floats do, each time onto numbers that there are."""
    low = tl.full([], _LEAST_KEY, tl.int64)
    high = tl.full([], _LARGEST_KEY, tl.int64)
    while low < high:
        middle = ((low + high + 1) >> 1).to(tl.int32)
        count = tl.zeros([BLOCK], tl.int32)
        above = tl.full([BLOCK], _LARGEST_KEY, tl.int32)
        below = tl.full([BLOCK], _LEAST_KEY, tl.int32)
        for start in range(0, vocab_size, BLOCK):
            tokens = start + tl.arange(0, BLOCK)
            is_token = tokens < vocab_size
            scaled = tl.load(logits + tokens, mask=is_token, other=0.0) * scale
            key = _flip(scaled.to(tl.int32, bitcast=True))
            is_above = is_token & (key >= middle)
            count += is_above.to(tl.int32)
            above = tl.where(is_above, tl.minimum(above, key), above)
            below = tl.where(is_token & (key < middle), tl.maximum(below, key), below)
        if tl.sum(count) >= k:
            low = tl.min(above).to(tl.int64)
        else:
            high = tl.max(below).to(tl.int64)
    return _flip(low.to(tl.int32)).to(tl.float32, bitcast=True)


@triton.jit
def _flip(bits):
    """From a float's bits to an integer that orders alike, and back."""
    return bits ^ ((bits >> 31) & 0x7FFFFFFF)
