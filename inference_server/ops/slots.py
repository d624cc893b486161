"""The states of sequences, each in its slot of a pool."""

from typing import NamedTuple

import torch
from torch import Tensor


class SlotStates(NamedTuple):
    """The pool and slots of S sequences' states. Kernels take the fields in this order.

    pool [num_slots, ...]; slots [S], 0 for padding rows; num_computed [S], the tokens of each
    sequence before this step. A slot whose sequence has none holds stale state of another sequence,
    and is read as zeros.
    """

    pool: Tensor
    slots: Tensor
    num_computed: Tensor

    def read(self) -> Tensor:
        """The states of the sequences [S, ...]"""
        # `where` instead of a product, since stale state may be infinite or NaN.
        is_new = (self.num_computed == 0).view(-1, *[1] * (self.pool.dim() - 1))
        return torch.where(is_new, 0, self.pool[self.slots])

    def write(self, new: Tensor) -> None:
        """Writes new states [S, ...] to the pool in place."""
        self.pool.index_copy_(0, self.slots, new.to(self.pool.dtype))

    def without_empty(self, bounds: Tensor) -> tuple[list[int], "SlotStates"]:
        """Lengths and states of the sequences whose chunks, between bounds [S + 1], have tokens."""
        lengths = bounds.diff()
        has_tokens = lengths > 0
        slots, num_computed = self.slots[has_tokens], self.num_computed[has_tokens]
        return lengths[has_tokens].tolist(), SlotStates(self.pool, slots, num_computed)
