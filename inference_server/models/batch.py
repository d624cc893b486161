"""One step as the model sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """T tokens of S sequences, packed.

    The first num_decodes sequences contribute one token each, the others a chunk each:

        tokens    | d0 | d1 | d2 | c0 c0 c0 c0 | c1 c1 |
        sequences   0    1    2    3             4        num_decodes = 3, chunk_lengths = (4, 2)

    token_ids      [T] int64
    chunk_lengths  the most tokens that each chunk has, on the host; exact where there is no cache
    chunk_bounds   [chunks + 1] int32, where each chunk starts among the chunks' tokens, and the end
    num_computed   [S] int32, tokens of each sequence already in the cache; 0 means that its slot
                   holds another sequence's leavings and is to be read as empty
    slots          [S] int64, where each sequence's Mamba states live
    block_table    [S, max_blocks] int32, where each sequence's keys and values live
    kv_positions   [T] int64, block * block_size + offset for each token's key and value
    sampled        [R] int64, the tokens whose hidden states are wanted; None: of all of them

    With a cache a chunk may be empty, though not all of them.
    What the host knows it never asks the device for: a step is queued without waiting for it.
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

    @classmethod
    def fresh(cls, token_ids: Tensor, lengths: Sequence[int]) -> "Batch":
        """Whole sequences for a forward without a cache: token_ids [T] and where they part."""
        num_sequences, device = len(lengths), token_ids.device
        bounds = torch.tensor([0, *accumulate(lengths)], dtype=torch.int32)

        def zeros(*shape: int, dtype: torch.dtype) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=device)

        return cls(
            token_ids=token_ids,
            num_decodes=0,
            chunk_lengths=tuple(lengths),
            chunk_bounds=bounds.to(device, non_blocking=True),
            num_computed=zeros(num_sequences, dtype=torch.int32),
            slots=zeros(num_sequences, dtype=torch.int64),
            block_table=zeros(num_sequences, 0, dtype=torch.int32),
            kv_positions=zeros(len(token_ids), dtype=torch.int64),
        )
