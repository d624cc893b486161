"""Reads and writes the states of sequences, each in its slot."""

import torch
from torch import Tensor


def read_slots(states: Tensor, slots: Tensor, num_computed: Tensor) -> Tensor:
    """The states of S sequences, zero where a sequence has computed nothing yet.

    states [num_slots, ...], slots [S], num_computed [S] -> [S, ...]
    """
    # A choice and not a product: what another sequence left there may be infinite.
    is_empty = (num_computed == 0).view(-1, *[1] * (states.dim() - 1))
    return torch.where(is_empty, 0, states[slots])


def write_slots(states: Tensor, slots: Tensor, new: Tensor) -> None:
    """Writes new [S, ...] to states [num_slots, ...] in place; padding rows share slot 0."""
    states.index_copy_(0, slots, new.to(states.dtype))


def without_empty(
    bounds: Tensor, slots: Tensor, num_computed: Tensor
) -> tuple[list[int], Tensor, Tensor]:
    """Lengths, slots and num_computed of the chunks between bounds [S + 1] that have tokens."""
    lengths = bounds.diff()
    has_tokens = lengths > 0
    return lengths[has_tokens].tolist(), slots[has_tokens], num_computed[has_tokens]
