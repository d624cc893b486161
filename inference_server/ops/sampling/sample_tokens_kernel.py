"""Draws tokens in two launches, without sorting.

The first scores every token and reduces each block of the vocabulary; the second, one program a
row, chooses the token. A truncated row is drawn by rejection: the token of the best score is taken
if the mass of likelier tokens is below top-p; otherwise the tokens to keep are all likelier than
it, and the best score among them is next. Each round reads the row once; a row that keeps nine
tenths of its mass takes 1.1 rounds on average. Every sum has one order, so that a row's token does
not depend on its neighbors.
"""

# A launch goes through the grid, and the compiler decides what a jit function returns.
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
    """Kernel for `sample_tokens`. logits is contiguous."""
    assert logits.is_contiguous(), "rows are found by their index"
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
            # A block of masked tokens alone has no mass and does not count for the largest logit.
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
    """The token of a row, from its blocks and, if it is truncated, from its scores."""
    row = tl.program_id(0).to(tl.int64)
    blocks = row * num_blocks + tl.arange(0, NUM_BLOCKS)
    is_block = tl.arange(0, NUM_BLOCKS) < num_blocks
    best = tl.load(block_best + blocks, mask=is_block, other=-float("inf"))
    index = tl.load(block_index + blocks, mask=is_block, other=_NO_INDEX)
    token = tl.min(tl.where(best == tl.max(best), index, _NO_INDEX))
    # Where every comparison fails, as with NaN, some token must still be drawn.
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
    """The best score among the tokens kept, given the best of all and the mass of all."""
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
        # No mass above the pivot ends the loop whatever `mass` is, so that NaN does too.
        while (above > 0) & (above >= top_p * mass):
            token = better
            pivot = tl.load(logits + token) * scale
            above, better = _look_above(logits, scores, scale, top, floor, pivot, vocab_size, BLOCK)
    return token


@triton.jit
def _look_above(logits, scores, scale, top, floor, pivot, vocab_size, BLOCK: tl.constexpr):
    """The mass of the tokens from floor on and above pivot, and the one with the best score."""
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
    """Bisects between integer keys in the order of floats, each time to a key that occurs."""
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
    """From a float's bits to an integer of the same order, and back."""
    return bits ^ ((bits >> 31) & 0x7FFFFFFF)
