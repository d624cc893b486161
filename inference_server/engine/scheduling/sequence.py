"""One generation while it lasts: what is computed, what is sampled, what it holds."""

import numpy as np

from inference_server.engine.types import FinishReason, Prompt, Sampling, Span

_NO_BLOCKS = np.empty(0, dtype=np.int32)


class Sequence:
    """A prompt and its outputs so far, changed by the scheduler alone.

    Steps are launched before earlier ones are collected, so two counts of outputs exist:

        | prompt                | outputs collected    | in flight |
                                  len(output_ids)
                                  num_outputs ---------------------
        num_tokens ------------------------------------------------
        num_computed, of these, are in the cache or launched into it
    """

    __slots__ = (
        "blocks",
        "id",
        "is_decoding",
        "is_ended",
        "num_computed",
        "num_in_flight",
        "num_outputs",
        "num_spans_passed",
        "output_ids",
        "prompt",
        "sampling",
        "slot",
    )

    def __init__(self, sequence_id: int, prompt: Prompt, sampling: Sampling) -> None:
        self.id = sequence_id
        self.prompt = prompt
        self.sampling = sampling
        self.output_ids: list[int] = []
        self.num_outputs = 0
        self.num_computed = 0
        self.num_in_flight = 0
        self.num_spans_passed = 0
        self.is_decoding = False
        self.is_ended = False
        self.slot = 0
        self.blocks = _NO_BLOCKS

    @property
    def num_tokens(self) -> int:
        return len(self.prompt) + self.num_outputs

    @property
    def is_exhausted(self) -> bool:
        """Whether the last token it may have is sampled, though perhaps not yet collected."""
        return self.num_outputs >= self.sampling.max_tokens

    @property
    def pinned_spans(self) -> tuple[Span, ...]:
        """The spans whose embeddings it still needs, once it runs."""
        return self.prompt.spans[self.num_spans_passed :]

    def token_ids(self, start: int, stop: int) -> np.ndarray:
        """Ids of the tokens from start to stop, as far as the host knows them."""
        num_prompt = len(self.prompt)
        ids = self.prompt.token_ids[start:stop]
        if stop <= num_prompt:
            return ids
        outputs = self.output_ids[max(0, start - num_prompt) : stop - num_prompt]
        return np.concatenate([ids, np.array(outputs, dtype=ids.dtype)])

    def advance(self, num_tokens: int, *, is_sampled: bool) -> None:
        """Counts a row of the next step as computed, and its output where one is sampled."""
        self.num_computed += num_tokens
        self.num_in_flight += 1
        if is_sampled:
            self.num_outputs += 1
            self.is_decoding = True

    def retreat(self, *, is_sampled: bool) -> None:
        """Takes back a row that was never run. What it touched of the cache is spoilt: restart."""
        self.num_in_flight -= 1
        self.num_outputs -= is_sampled

    def append_blocks(self, blocks: np.ndarray) -> None:
        self.blocks = np.concatenate([self.blocks, blocks])

    def append(self, token_id: int) -> FinishReason | None:
        """Takes a collected token and says whether it was the last."""
        self.output_ids.append(token_id)
        if token_id in self.sampling.stop_token_ids:
            return FinishReason.STOP
        if len(self.output_ids) >= self.sampling.max_tokens:
            return FinishReason.LENGTH
        return None

    def restart(self) -> None:
        """Forgets what was in the cache, keeps every output: the next run computes them anew."""
        assert self.num_in_flight == 0
        assert self.num_outputs == len(self.output_ids)
        self.num_computed = 0
        self.num_spans_passed = 0
        self.is_decoding = False
        self.slot = 0
        self.blocks = _NO_BLOCKS
