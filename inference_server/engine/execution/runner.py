"""Executes plans: encodes media, computes rows, samples tokens. Owns the model and its memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inference_server.engine.execution.batch import build_batch
from inference_server.engine.execution.cuda_graphs import Capture
from inference_server.engine.execution.encoder import Encoder
from inference_server.engine.execution.sampler import Sampled, Sampler, asks_logprobs
from inference_server.engine.execution.step_graphs import StepGraphs, StepShape
from inference_server.engine.execution.transfer import Download
from inference_server.engine.scheduling.plan import Plan, Row
from inference_server.engine.types import TokenLogprob
from inference_server.models.cache import Cache
from inference_server.models.nemotron_nano_vl import NemotronNanoVL


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A step in flight: its plan and the download of its sampled tokens."""

    plan: Plan
    download: Download


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """The sampled tokens of a step on the host, and log probabilities by row index."""

    token_ids: list[int]
    logprob_by_row: dict[int, TokenLogprob]


class Runner:
    """Runs one step at a time: encode, forward, sample, and collect after the next one is queued.

    Only collect waits for the device.
    """

    def __init__(
        self,
        model: NemotronNanoVL,
        cache: Cache,
        *,
        num_slots: int,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        vocab_size = model.config.language.vocab_size
        self._model = model
        self._cache = cache
        self._device = device
        self._encoder = Encoder(model, device=device, dtype=dtype)
        self._sampler = Sampler(num_slots=num_slots, vocab_size=vocab_size, device=device)
        self._graphs: StepGraphs | None = None

    @torch.inference_mode()
    def capture_vision(self, capture: Capture, sizes: Sequence[int]) -> None:
        """Captures the vision encoder at these numbers of tiles; it runs as graphs from now on."""
        self._encoder.capture(capture, sizes)

    @torch.inference_mode()
    def capture_steps(
        self, capture: Capture, shapes: Sequence[StepShape], *, max_model_len: int
    ) -> None:
        """Captures steps of these shapes; steps that fit in one run as a graph from now on."""
        self._graphs = StepGraphs(
            self._model,
            self._cache,
            self._sampler.last_tokens,
            shapes=shapes,
            max_model_len=max_model_len,
            capture=capture,
        )

    @torch.inference_mode()
    def encode(self, plan: Plan) -> list[bytes]:
        """Frees evicted media and encodes tiles. Returns the keys of media that failed."""
        self._encoder.drop(plan.evicted)
        return self._encoder.encode(plan.encodes)

    @torch.inference_mode()
    def forward(self, plan: Plan) -> Tensor:
        """Queues the plan's rows -> logits [R, V] of the rows to sample from."""
        if not plan.rows:
            return torch.empty(0, self._model.config.language.vocab_size, device=self._device)
        if self._graphs is not None and (shape := self._graphs.shape_for(plan)) is not None:
            return self._model.logits(self._graphs.run(plan, shape))[: len(plan.sampled)]
        batch = build_batch(
            plan,
            self._sampler.last_tokens,
            block_size=self._cache.block_size,
            device=self._device,
        )
        x = self._model.embed(batch.token_ids)
        self._encoder.place(x, plan.chunks, start=len(plan.decodes))
        return self._model.logits(self._model(x, batch, self._cache))

    @torch.inference_mode()
    def sample(self, plan: Plan, logits: Tensor) -> Pending:
        """Queues sampling from logits [R, V], which it modifies, and the download of the tokens."""
        sampled = self._sampler.sample(logits, plan.sampled, num_decodes=len(plan.decodes))
        return Pending(plan=plan, download=Download(_tensors(sampled)))

    def collect(self, pending: Pending) -> Collected:
        """Waits for a step to finish."""
        token_ids, *logprobs = pending.download.wait()
        rows = pending.plan.sampled
        return Collected(
            token_ids=token_ids.tolist(),
            logprob_by_row=_logprob_by_row(rows, token_ids, logprobs) if logprobs else {},
        )


def _tensors(sampled: Sampled) -> list[Tensor]:
    every = (sampled.token_ids, sampled.logprobs, sampled.top_ids, sampled.top_logprobs)
    return [tensor for tensor in every if tensor is not None]


def _logprob_by_row(
    rows: Sequence[Row], token_ids: Tensor, logprobs: Sequence[Tensor]
) -> dict[int, TokenLogprob]:
    values, top_ids, top_values = (tensor.tolist() for tensor in logprobs)
    by_row: dict[int, TokenLogprob] = {}
    for place, index in enumerate(asks_logprobs(rows)):
        count = rows[index].sequence.sampling.top_logprobs
        top = zip(top_ids[place][:count], top_values[place][:count], strict=True)
        by_row[index] = TokenLogprob(
            token_id=int(token_ids[index]), logprob=values[place], top=tuple(top)
        )
    return by_row
