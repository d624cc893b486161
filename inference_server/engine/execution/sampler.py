"""Samples tokens from logits on the device, without waiting for it.

Order: penalties, logit bias, suppressed stop tokens, then temperature, truncation and the draw in
one op (ops/sampling). Each of the first three costs only the rows that use it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from inference_server.engine.execution.penalties import Penalties
from inference_server.engine.execution.transfer import upload
from inference_server.engine.scheduling.plan import Row
from inference_server.engine.types import Sampling
from inference_server.ops.sampling.sample_tokens import sample_tokens
from inference_server.ops.sampling.truncation import Truncation

MAX_TOP_LOGPROBS = 20

# Below this 1 / temperature times a logit may overflow; the row is sampled greedily instead.
_LEAST_TEMPERATURE = 1e-5

# Constants of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators").
_MASK_64 = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """Sampled tokens [R], and log probabilities of the Q rows that ask for them, on the device.

    logprobs [Q] of the sampled tokens; top_ids and top_logprobs [Q, 20], most likely first.
    """

    token_ids: Tensor
    logprobs: Tensor | None = None
    top_ids: Tensor | None = None
    top_logprobs: Tensor | None = None


class Sampler:
    """Samples a token for each row of a step that asks for one.

    last_tokens [num_slots] holds the newest token of each slot, which the host may not know yet.
    """

    def __init__(self, *, num_slots: int, vocab_size: int, device: torch.device) -> None:
        self._device = device
        self._penalties = Penalties(num_slots=num_slots, vocab_size=vocab_size, device=device)
        self.last_tokens = torch.zeros(num_slots, dtype=torch.int64, device=device)

    def sample(self, logits: Tensor, rows: Sequence[Row], *, num_decodes: int) -> Sampled:
        """logits [R, V] float32, changed in place; the first num_decodes rows are decodes."""
        if not rows:
            return Sampled(token_ids=self.last_tokens[:0])
        raw = self._raw_logprobs(logits, rows)
        penalized = self._penalties.apply(logits, rows, num_decodes=num_decodes)
        self._add_bias(logits, rows)
        self._suppress_stops(logits, rows)
        token_ids = self._draw(logits, rows)
        if penalized is not None:
            self._penalties.count(penalized, token_ids)
        if raw is None:
            return Sampled(token_ids=token_ids)
        asking, logprobs = raw
        top = logprobs.topk(min(MAX_TOP_LOGPROBS, logprobs.shape[-1]), dim=-1)
        return Sampled(
            token_ids=token_ids,
            logprobs=logprobs.gather(1, token_ids[asking, None]).squeeze(1),
            top_ids=top.indices,
            top_logprobs=top.values,
        )

    def _raw_logprobs(self, logits: Tensor, rows: Sequence[Row]) -> tuple[Tensor, Tensor] | None:
        """Indices [Q] of the rows that ask for log probabilities, and these [Q, V], or None."""
        indices = asks_logprobs(rows)
        if not indices:
            return None
        (asking,) = upload([np.array(indices, np.int64)], self._device)
        return asking, logits[asking].log_softmax(dim=-1)

    def _add_bias(self, logits: Tensor, rows: Sequence[Row]) -> None:
        entries = [
            (index, token_id, bias)
            for index, row in enumerate(rows)
            for token_id, bias in row.sequence.sampling.logit_bias
        ]
        if entries:
            indices, token_ids, biases = zip(*entries, strict=True)
            places, values = upload(
                [np.array([indices, token_ids], np.int64), np.array(biases, np.float32)],
                self._device,
            )
            logits.index_put_(tuple(places), values, accumulate=True)

    def _suppress_stops(self, logits: Tensor, rows: Sequence[Row]) -> None:
        entries = [
            (index, token_id)
            for index, row in enumerate(rows)
            if row.output_index < row.sequence.sampling.min_tokens
            for token_id in row.sequence.sampling.stop_token_ids
        ]
        if entries:
            (places,) = upload([np.array(entries, np.int64).T.copy()], self._device)
            logits.index_put_(tuple(places), logits.new_full((), -math.inf))

    def _draw(self, logits: Tensor, rows: Sequence[Row]) -> Tensor:
        """logits [R, V] -> token ids [R], also written to last_tokens."""
        samplings = [row.sequence.sampling for row in rows]
        keys = [noise_key(row.sequence.sampling.seed, row.output_index) for row in rows]
        arrays = [
            np.array([row.sequence.slot for row in rows], np.int64),
            np.array(keys, np.int32),
            np.array([_scale(sampling) for sampling in samplings], np.float32),
        ]
        if is_truncated := any(_truncates(sampling) for sampling in samplings):
            num_tokens = logits.shape[-1]
            top_k = [min(sampling.top_k, num_tokens) or num_tokens for sampling in samplings]
            arrays += [
                np.array([sampling.min_p for sampling in samplings], np.float32),
                np.array(top_k, np.int32),
                np.array([sampling.top_p for sampling in samplings], np.float32),
            ]
        slots, noise_keys, scales, *limits = upload(arrays, self._device)
        truncation = None
        if is_truncated:
            truncation = Truncation(min_p=limits[0], top_k=limits[1], top_p=limits[2])
        token_ids = sample_tokens(logits, scales=scales, keys=noise_keys, truncation=truncation)
        self.last_tokens.index_copy_(0, slots, token_ids)
        return token_ids


def asks_logprobs(rows: Sequence[Row]) -> list[int]:
    """The indices of the rows that ask for log probabilities."""
    return [i for i, row in enumerate(rows) if row.sequence.sampling.top_logprobs is not None]


def _scale(sampling: Sampling) -> float:
    """The factor of the logits, 1 / temperature; 0 means greedy."""
    return 1 / sampling.temperature if sampling.temperature >= _LEAST_TEMPERATURE else 0.0


def _truncates(sampling: Sampling) -> bool:
    is_limited = sampling.min_p > 0.0 or sampling.top_k > 0 or sampling.top_p < 1.0
    return is_limited and _scale(sampling) > 0.0


def noise_key(seed: int, output_index: int) -> tuple[int, int]:
    """Two signed 32-bit words, the key of one draw of one sequence.

    Each draw has its own key, whatever else is drawn and when.
    """
    mixed = _mix(_mix(seed & _MASK_64) + output_index * _GOLDEN)
    return _signed_32(mixed >> 32), _signed_32(mixed & 0xFFFFFFFF)


def _mix(x: int) -> int:
    """One output of SplitMix64."""
    x = (x + _GOLDEN) & _MASK_64
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK_64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK_64
    return x ^ (x >> 31)


def _signed_32(x: int) -> int:
    return x - (1 << 32) if x >= 1 << 31 else x
