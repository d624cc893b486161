"""Causal attention: of one new token, or of chunks of tokens, to all that came before.

Keys and values are found in the paged cache through block tables; without a cache the chunks are
whole sequences and attend to themselves. Scores are scaled by 1 / sqrt(D), and each key-value head
serves H / kv heads query heads. No positions are encoded here or anywhere in the language model.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention


def decode_attention(
    q: Tensor, *, keys: Tensor, values: Tensor, block_table: Tensor, num_computed: Tensor
) -> Tensor:
    """One query of each of R sequences, whose own key and value are in the cache already.

    q [R, H, D]; keys, values [num_blocks, block_size, kv heads, D]; block_table [R, max_blocks];
    num_computed [R], the tokens of each sequence before this one -> [R, H, D]
    """
    cache = {"keys": keys, "values": values, "block_table": block_table}
    if q.is_cuda:
        from inference_server.ops.attention.decode_attention_kernel import (
            decode_attention as on_cuda,
        )

        return on_cuda(q, **cache, num_computed=num_computed)
    return decode_attention_reference(q, **cache, num_computed=num_computed)


def decode_attention_reference(
    q: Tensor, *, keys: Tensor, values: Tensor, block_table: Tensor, num_computed: Tensor
) -> Tensor:
    """What decode_attention is to compute, where what lies behind a context is finite."""
    k, v = _read_blocks(keys, block_table), _read_blocks(values, block_table)
    positions = torch.arange(k.shape[2], device=q.device)
    is_visible = positions <= num_computed[:, None]
    # The query heads of one key-value head stand where a sequence of queries would.
    grouped = q.unflatten(1, (k.shape[1], -1))
    y = scaled_dot_product_attention(grouped, k, v, attn_mask=is_visible[:, None, None])
    return y.flatten(1, 2)


def chunk_attention(
    q: Tensor,
    *,
    keys: Tensor,
    values: Tensor,
    block_table: Tensor,
    num_computed: Tensor,
    bounds: Tensor,
    max_length: int,
) -> Tensor:
    """Packed chunks of queries, whose own keys and values are in the cache already.

    q [T, H, D]; keys, values [num_blocks, block_size, kv heads, D]; block_table [S, max_blocks];
    num_computed [S], the tokens of each sequence before its chunk; bounds [S + 1] of the chunks
    among the T, none longer than max_length -> [T, H, D]
    """
    given = {
        "keys": keys,
        "values": values,
        "block_table": block_table,
        "num_computed": num_computed,
        "bounds": bounds,
    }
    if q.is_cuda:
        from inference_server.ops.attention.chunk_attention_kernel import chunk_attention as on_cuda

        return on_cuda(q, **given, max_length=max_length)
    return chunk_attention_reference(q, **given)


def chunk_attention_reference(
    q: Tensor,
    *,
    keys: Tensor,
    values: Tensor,
    block_table: Tensor,
    num_computed: Tensor,
    bounds: Tensor,
) -> Tensor:
    """What chunk_attention is to compute."""
    y = torch.empty_like(q)
    for row, (first, last) in enumerate(pairwise(bounds.tolist())):
        if first == last:
            continue
        context = int(num_computed[row]) + last - first
        blocks = block_table[row : row + 1, : -(-context // keys.shape[1])]
        k, v = (_read_blocks(cache, blocks)[..., :context, :] for cache in (keys, values))
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
    """All entries of R rows of blocks: [R, kv heads, tokens, D]"""
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
