"""Causal attention: of one new token, or of chunks of tokens, to all that came before.

Keys and values are found in the paged cache through block tables; without a cache the chunks are
whole sequences and attend to themselves. Scores are scaled by 1 / sqrt(D), and each key-value head
serves H / kv heads query heads. No positions are encoded here or anywhere in the language model.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention


def decode_attention(
    q: Tensor,
    *,
    keys: Tensor,
    values: Tensor,
    block_table: Tensor,
    context_lengths: Tensor,
    max_context: int,
) -> Tensor:
    """One query of each of R sequences, whose own key and value are in the cache already.

    q [R, H, D]; keys, values [num_blocks, block_size, kv heads, D]; block_table [R, max_blocks];
    context_lengths [R], the new token included, none above max_context -> [R, H, D]
    """
    k = _read_blocks(keys, block_table, max_context)
    v = _read_blocks(values, block_table, max_context)
    positions = torch.arange(k.shape[2], device=q.device)
    is_visible = positions < context_lengths[:, None]
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
    lengths: Sequence[int],
) -> Tensor:
    """Packed chunks of queries, whose own keys and values are in the cache already.

    q [T, H, D]; keys, values [num_blocks, block_size, kv heads, D]; block_table [S, max_blocks];
    num_computed [S], tokens before the chunk; lengths of the chunks -> [T, H, D]
    """
    outputs: list[Tensor] = []
    for row, (piece, before) in enumerate(
        zip(q.split(list(lengths)), num_computed.tolist(), strict=True)
    ):
        context = before + len(piece)
        k = _read_blocks(keys, block_table[row : row + 1], context)[..., :context, :]
        v = _read_blocks(values, block_table[row : row + 1], context)[..., :context, :]
        outputs.append(_attend(piece, k[0], v[0]))
    return torch.cat(outputs)


def fresh_attention(q: Tensor, k: Tensor, v: Tensor, *, lengths: Sequence[int]) -> Tensor:
    """Packed whole sequences. q [T, H, D]; k, v [T, kv heads, D]; lengths -> [T, H, D]"""
    pieces = zip(*(t.split(list(lengths)) for t in (q, k, v)), strict=True)
    return torch.cat([_attend(q, k.transpose(0, 1), v.transpose(0, 1)) for q, k, v in pieces])


def _read_blocks(cache: Tensor, block_table: Tensor, max_context: int) -> Tensor:
    """The entries of R sequences up to max_context or a little more: [R, kv heads, tokens, D]"""
    num_blocks = -(-max_context // cache.shape[1])
    return cache[block_table[:, :num_blocks]].flatten(1, 2).transpose(1, 2)


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The last queries of one sequence. q [T, H, D]; k, v [kv heads, context, D] -> [T, H, D]"""
    num_queries, context = len(q), k.shape[1]
    mask = None
    if num_queries != context:
        ones = torch.ones(num_queries, context, dtype=torch.bool, device=q.device)
        mask = ones.tril(context - num_queries)
    k, v = (t.repeat_interleave(q.shape[1] // len(t), dim=0) for t in (k, v))
    y = scaled_dot_product_attention(
        q.transpose(0, 1)[None], k[None], v[None], attn_mask=mask, is_causal=mask is None
    )
    return y[0].transpose(0, 1)
