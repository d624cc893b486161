"""From logits to tokens, on the device, without waiting for it. Rows pay for what they ask.

Order: penalties, bias, stop tokens held back, then greedy or temperature, min-p, top-k, top-p.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from inference_server.engine.noise import exponential_noise, noise_key
from inference_server.engine.penalties import Penalties
from inference_server.engine.plan import Row
from inference_server.engine.transfer import upload

MAX_TOP_LOGPROBS = 20

# Below this a division by the temperature may overflow, and the likeliest token is certain.
_LEAST_TEMPERATURE = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """Sampled tokens [R], and log probabilities of the rows [Q] that ask for them, on the device.

    logprobs [Q] of the sampled tokens; top_ids and top_logprobs [Q, 20], likeliest first.
    """

    token_ids: Tensor
    logprobs: Tensor | None = None
    top_ids: Tensor | None = None
    top_logprobs: Tensor | None = None


class Sampler:
    """Draws tokens for the rows of a step."""

    def __init__(self, *, num_slots: int, vocab_size: int, device: torch.device) -> None:
        self._device = device
        self._penalties = Penalties(num_slots=num_slots, vocab_size=vocab_size, device=device)

    def sample(self, logits: Tensor, rows: Sequence[Row], *, num_decodes: int) -> Sampled:
        """logits [R, V] float32, changed in place; the first num_decodes rows are decodes."""
        (asking,) = upload([np.array(asks_logprobs(rows), np.int64)], self._device)
        raw = logits[asking].log_softmax(dim=-1) if len(asking) else None
        penalised = self._penalties.apply(logits, rows, num_decodes=num_decodes)
        self._add_bias(logits, rows)
        self._hold_back_stops(logits, rows)
        token_ids = self._choose(logits, rows)
        if penalised is not None:
            self._penalties.count(penalised, token_ids)
        if raw is None:
            return Sampled(token_ids=token_ids)
        top = raw.topk(min(MAX_TOP_LOGPROBS, raw.shape[-1]), dim=-1)
        return Sampled(
            token_ids=token_ids,
            logprobs=raw.gather(1, token_ids[asking, None]).squeeze(1),
            top_ids=top.indices,
            top_logprobs=top.values,
        )

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

    def _hold_back_stops(self, logits: Tensor, rows: Sequence[Row]) -> None:
        entries = [
            (index, token_id)
            for index, row in enumerate(rows)
            if row.output_index < row.sequence.sampling.min_tokens
            for token_id in row.sequence.sampling.stop_token_ids
        ]
        if entries:
            (places,) = upload([np.array(entries, np.int64).T.copy()], self._device)
            logits.index_put_(tuple(places), logits.new_full((), -math.inf))

    def _choose(self, logits: Tensor, rows: Sequence[Row]) -> Tensor:
        """logits [R, V] -> token ids [R]"""
        token_ids = logits.argmax(dim=-1)
        drawn = [
            index
            for index, row in enumerate(rows)
            if row.sequence.sampling.temperature >= _LEAST_TEMPERATURE
        ]
        if not drawn:
            return token_ids
        (indices,) = upload([np.array(drawn, np.int64)], self._device)
        token_ids[indices] = self._draw(logits[indices], [rows[index] for index in drawn])
        return token_ids

    def _draw(self, logits: Tensor, rows: Sequence[Row]) -> Tensor:
        """Adds Gumbel noise to what temperature and truncation leave, and takes the largest."""
        samplings = [row.sequence.sampling for row in rows]
        keys, temperatures = upload(
            [
                np.array(
                    [noise_key(row.sequence.sampling.seed, row.output_index) for row in rows],
                    np.int32,
                ),
                np.array([[sampling.temperature] for sampling in samplings], np.float32),
            ],
            self._device,
        )
        logits = logits / temperatures
        self._truncate(logits, rows)
        return (logits - exponential_noise(keys, logits.shape[-1]).log_()).argmax(dim=-1)

    def _truncate(self, logits: Tensor, rows: Sequence[Row]) -> None:
        """Masks what min-p, top-k and top-p drop, in the rows that use any of them."""
        used = [
            (index, sampling.min_p, sampling.top_k or logits.shape[-1], sampling.top_p)
            for index, sampling in enumerate(row.sequence.sampling for row in rows)
            if sampling.min_p > 0.0 or sampling.top_k or sampling.top_p < 1.0
        ]
        if not used:
            return
        indices, min_p, top_k, top_p = zip(*used, strict=True)
        index, k, shares = upload(
            [
                np.array(indices, np.int64),
                np.array(top_k, np.int64)[:, None],
                np.array([min_p, top_p], np.float32)[:, :, None],
            ],
            self._device,
        )
        logits[index] = truncate(logits[index], min_p=shares[0], top_k=k, top_p=shares[1])


def truncate(logits: Tensor, *, min_p: Tensor, top_k: Tensor, top_p: Tensor) -> Tensor:
    """Masks unlikely tokens: min-p first, then top-k, then top-p of what is left. Ties stay.

    logits [R, V]; min_p, top_k and top_p [R, 1]
    """
    ordered = logits.sort(dim=-1, descending=True).values
    ranks = torch.arange(logits.shape[-1], device=logits.device)
    is_kept = (ordered >= ordered[:, :1] + min_p.log()) & (ranks < top_k)
    shares = ordered.masked_fill(~is_kept, -math.inf).softmax(dim=-1)
    is_kept &= (shares.cumsum(dim=-1) - shares < top_p) | (top_p >= 1)
    # The likeliest stays whatever rounding does to the rest.
    num_kept = is_kept.sum(dim=-1, keepdim=True).clamp_(min=1)
    return logits.masked_fill(logits < ordered.gather(1, num_kept - 1), -math.inf)


def asks_logprobs(rows: Sequence[Row]) -> list[int]:
    """The indices of the rows that want log probabilities."""
    return [i for i, row in enumerate(rows) if row.sequence.sampling.top_logprobs is not None]
