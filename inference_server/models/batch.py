"""The input of one step of the model."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """T tokens of S sequences, packed.

    The first num_decodes sequences contribute one token each, the others a chunk each:

        tokens    | d0 | d1 | d2 | c0 c0 c0 c0 | c1 c1 |
        sequences   0    1    2    3             4        num_decodes = 3, chunk_lengths = (4, 2)

    token_ids      [T] int64
    chunk_lengths  upper bounds of the chunks' lengths, on the host
    chunk_bounds   [chunks + 1] int32, the start of each chunk among the chunks' tokens, and the end
    num_computed   [S] int32, tokens of each sequence already in the cache; 0 means that the slot
                   holds stale state of another sequence and counts as empty
    slots          [S] int64, the slot of each sequence's Mamba states
    block_table    [S, max_blocks] int32, the blocks of each sequence's keys and values
    kv_positions   [T] int64, block * block_size + offset for each token's key and value
    sampled        [R] int64, the tokens whose hidden states are wanted; None for all tokens

    A chunk may be empty, but not all chunks. The host never reads these tensors, so that a step is
    queued without waiting for the device.
    """

    token_ids: Tensor
    num_decodes: int
    chunk_lengths: tuple[int, ...]
    chunk_bounds: Tensor
    num_computed: Tensor
    slots: Tensor
    block_table: Tensor
    kv_positions: Tensor
    sampled: Tensor | None = None
