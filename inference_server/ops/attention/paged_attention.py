"""Causal attention of new tokens to all before them: one token a sequence, or chunks of tokens.

Without a cache the chunks are whole sequences, which attend to themselves. Scores are scaled by
1 / sqrt(D), and each key-value head serves H / kv heads query heads. No positions are encoded here
or anywhere in the language model.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from inference_server.ops.attention.paged_context import PagedContext
from inference_server.ops.dispatch import Kernel, on_cuda


def _decode_kernel() -> Kernel:
    from inference_server.ops.attention.decode_attention_kernel import decode_attention

    return decode_attention


@on_cuda(_decode_kernel)
def decode_attention(q: Tensor, context: PagedContext) -> Tensor:
    """One query of each of R sequences, which sees itself and all before. q [R, H, D] -> [R, H, D]

    The reference reads entries after a context too and needs them to be finite.
    """
    k, v = (_read_blocks(t, context.block_table) for t in (context.keys, context.values))
    positions = torch.arange(k.shape[2], device=q.device)
    is_visible = positions <= context.num_computed[:, None]
    # The query heads of one key-value head stand where a sequence of queries would.
    grouped = q.unflatten(1, (k.shape[1], -1))
    y = scaled_dot_product_attention(grouped, k, v, attn_mask=is_visible[:, None, None])
    return y.flatten(1, 2)


def _chunk_kernel() -> Kernel:
    from inference_server.ops.attention.chunk_attention_kernel import chunk_attention

    return chunk_attention


@on_cuda(_chunk_kernel)
def chunk_attention(
    q: Tensor,
    context: PagedContext,
    *,
    bounds: Tensor,
    max_length: int,  # noqa: ARG001 (sizes the kernel's grid)
) -> Tensor:
    """Packed chunks of queries. Each query sees itself and all tokens of its sequence before it.

    q [T, H, D], bounds [S + 1] of the chunks among the T, none longer than max_length -> [T, H, D]
    """
    y = torch.empty_like(q)
    for row, (first, last) in enumerate(pairwise(bounds.tolist())):
        if first == last:
            continue
        length = int(context.num_computed[row]) + last - first
        blocks = context.block_table[row : row + 1, : -(-length // context.keys.shape[1])]
        k, v = (_read_blocks(t, blocks)[..., :length, :] for t in (context.keys, context.values))
        y[first:last] = _attend(q[first:last].transpose(0, 1)[None], k, v)[0].transpose(0, 1)
    return y


def fresh_attention(q: Tensor, k: Tensor, v: Tensor, *, lengths: Sequence[int]) -> Tensor:
    """Packed whole sequences. q [T, H, D]; k, v [T, kv heads, D]; lengths -> [T, H, D]"""
    if len(set(lengths)) == 1:
        alike = (t.unflatten(0, (len(lengths), -1)).transpose(1, 2) for t in (q, k, v))
        return _attend(*alike).transpose(1, 2).flatten(0, 1)
    pieces = zip(*(t.split(list(lengths)) for t in (q, k, v)), strict=True)
    outputs = [_attend(*(t.transpose(0, 1)[None] for t in piece)) for piece in pieces]
    return torch.cat([output[0].transpose(0, 1) for output in outputs])


def _read_blocks(cache: Tensor, block_table: Tensor) -> Tensor:
    """All entries of the blocks of R sequences [R, kv heads, tokens, D]"""
    return cache[block_table].flatten(1, 2).transpose(1, 2)


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The last queries of sequences. q [S, H, T, D]; k, v [S, kv heads, context, D] -> like q"""
    num_queries, context = q.shape[2], k.shape[2]
    mask = None
    if num_queries != context:
        ones = torch.ones(num_queries, context, dtype=torch.bool, device=q.device)
        mask = ones.tril(context - num_queries)
    k, v = (t.repeat_interleave(q.shape[1] // t.shape[1], dim=1) for t in (k, v))
    return scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
