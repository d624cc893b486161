"""Steps of the language model outside an engine: rows of made-up sequences over a filled cache."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

from inference_server.engine.execution.batch import build_batch
from inference_server.engine.scheduling.plan import Plan, Row
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.types import Prompt, Sampling
from inference_server.models.cache import Cache
from tools.gpu.workbench import Workbench

BLOCK_SIZE = 64


class StepMaker:
    """A cache with random contents, and steps on it that can be repeated."""

    def __init__(
        self,
        bench: Workbench,
        *,
        num_sequences: int,
        max_context: int,
        ssm_dtype: torch.dtype = torch.float32,
    ) -> None:
        self._model = bench.model
        self._device = bench.device
        self._blocks_each = -(-max_context // BLOCK_SIZE)
        self._cache = Cache.allocate(
            bench.config.language,
            num_blocks=1 + num_sequences * self._blocks_each,
            block_size=BLOCK_SIZE,
            num_slots=1 + num_sequences,
            device=bench.device,
            dtype=bench.dtype,
            ssm_dtype=ssm_dtype,
        )
        for pool in (*self._cache.keys, *self._cache.values, *self._cache.conv, *self._cache.ssm):
            pool.normal_()
        self._last_tokens = torch.randint(
            bench.config.language.vocab_size, (1 + num_sequences,), device=bench.device
        )

    def step(self, *, contexts: Iterable[int], chunks: Iterable[int]) -> Callable[[], Tensor]:
        """A step of decode rows with these contexts, then whole prompts of these lengths.

        It returns the logits of the sampled rows. Its inputs do not change: call it repeatedly.
        """
        decodes = [self._row(i, start=context, length=1) for i, context in enumerate(contexts, 1)]
        fresh = [
            self._row(i, start=0, length=length)
            for i, length in enumerate(chunks, 1 + len(decodes))
        ]
        plan = Plan(decodes=tuple(decodes), chunks=tuple(fresh), encodes=(), evicted=())
        batch = build_batch(plan, self._last_tokens, block_size=BLOCK_SIZE, device=self._device)
        model, cache = self._model, self._cache

        @torch.inference_mode()
        def run() -> Tensor:
            return model.logits(model(model.embed(batch.token_ids), batch, cache))

        return run

    def _row(self, slot: int, *, start: int, length: int) -> Row:
        return row_of(slot, start=start, length=length, blocks=self._blocks_each, vocab_size=2**11)


def row_of(slot: int, *, start: int, length: int, blocks: int, vocab_size: int) -> Row:
    """A row of a new sequence that decodes, or of a prompt that begins."""
    ids = np.random.default_rng(slot).integers(100, vocab_size, start + length, dtype=np.int32)
    sequence = Sequence(slot, Prompt(token_ids=ids), Sampling(max_tokens=2**20, seed=slot))
    sequence.slot = slot
    first = 1 + (slot - 1) * blocks
    sequence.blocks = np.arange(first, first + blocks, dtype=np.int32)
    return Row(sequence=sequence, start=start, length=length, is_sampled=True, output_index=7)
