"""Frequency, presence and repetition penalties, computed from token counts on the device."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from inference_server.engine.execution.transfer import upload
from inference_server.engine.scheduling.plan import Row
from inference_server.engine.types import Sampling


class Penalties:
    """Counts the tokens of each slot's prompt and outputs, for sequences that use penalties."""

    def __init__(self, *, num_slots: int, vocab_size: int, device: torch.device) -> None:
        self._device = device
        self._num_outputs = torch.zeros(num_slots, vocab_size, dtype=torch.int32, device=device)
        self._is_in_prompt = torch.zeros(num_slots, vocab_size, dtype=torch.bool, device=device)

    def apply(self, logits: Tensor, rows: Sequence[Row], *, num_decodes: int) -> Tensor | None:
        """Penalizes logits [R, V] in place.

        Rows after the first num_decodes are the first of a run in their slot: their counts are set
        anew. Returns indices and slots [2, penalized], to be handed to `count`, or None if no row
        uses a penalty.
        """
        asking = [index for index, row in enumerate(rows) if _is_asked(row.sequence.sampling)]
        if not asking:
            return None
        for index in asking:
            if index >= num_decodes:
                self._start(rows[index])
        samplings = [rows[index].sequence.sampling for index in asking]
        places, factors = upload(
            [
                np.array([asking, [rows[index].sequence.slot for index in asking]], np.int64),
                np.array(
                    [
                        [s.frequency_penalty for s in samplings],
                        [s.presence_penalty for s in samplings],
                        [s.repetition_penalty for s in samplings],
                    ],
                    np.float32,
                ),
            ],
            self._device,
        )
        indices, slots = places
        logits[indices] = self._penalized(logits[indices], slots, factors[:, :, None])
        return places

    def count(self, places: Tensor, token_ids: Tensor) -> None:
        """Counts the sampled tokens [R] of the rows that `apply` returned as `places`."""
        indices, slots = places
        one = torch.ones((), dtype=torch.int32, device=self._device)
        self._num_outputs.index_put_((slots, token_ids[indices]), one, accumulate=True)

    def _penalized(self, logits: Tensor, slots: Tensor, factors: Tensor) -> Tensor:
        frequency, presence, repetition = factors
        num_outputs = self._num_outputs[slots]
        is_output = num_outputs > 0
        is_seen = is_output | self._is_in_prompt[slots]
        repeated = torch.where(logits > 0, logits / repetition, logits * repetition)
        logits = torch.where(is_seen, repeated, logits)
        return logits - frequency * num_outputs - presence * is_output

    def _start(self, row: Row) -> None:
        sequence = row.sequence
        prompt_ids, output_ids = upload(
            [
                sequence.prompt.token_ids.astype(np.int64),
                np.array(sequence.output_ids, dtype=np.int64),
            ],
            self._device,
        )
        # index_fill_ instead of assignment, which would copy the constant from the host and wait.
        self._is_in_prompt[sequence.slot].zero_().index_fill_(0, prompt_ids, True)
        ones = torch.ones_like(output_ids, dtype=torch.int32)
        self._num_outputs[sequence.slot].zero_().index_add_(0, output_ids, ones)


def _is_asked(sampling: Sampling) -> bool:
    return (
        sampling.frequency_penalty != 0.0
        or sampling.presence_penalty != 0.0
        or sampling.repetition_penalty != 1.0
    )
