"""The state of one generation: what is computed, what is sampled, what it holds."""

import numpy as np

from inference_server.engine.types import FinishReason, Prompt, Sampling, Span

_NO_BLOCKS = np.empty(0, dtype=np.int32)


class Sequence:
    """A prompt and its outputs so far. Only the scheduler changes it.

    Steps are launched before earlier ones are collected, so there are two counts of outputs:

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
        """Whether max_tokens outputs are sampled, though perhaps not all collected yet."""
        return self.num_outputs >= self.sampling.max_tokens

    @property
    def pinned_spans(self) -> tuple[Span, ...]:
        """The media spans whose embeddings a running sequence still needs."""
        return self.prompt.spans[self.num_spans_passed :]

    def token_ids(self, start: int, stop: int) -> np.ndarray:
        """Ids of the tokens from start to stop, as far as they are collected."""
        num_prompt = len(self.prompt)
        ids = self.prompt.token_ids[start:stop]
        if stop <= num_prompt:
            return ids
        outputs = self.output_ids[max(0, start - num_prompt) : stop - num_prompt]
        return np.concatenate([ids, np.array(outputs, dtype=ids.dtype)])

    def advance(self, num_tokens: int, *, is_sampled: bool) -> None:
        """Counts a row of the next step as computed, and one more output if it is sampled from."""
        self.num_computed += num_tokens
        self.num_in_flight += 1
        if is_sampled:
            self.num_outputs += 1
            self.is_decoding = True

    def retreat(self, *, is_sampled: bool) -> None:
        """Undoes advance for a row that failed. Its cache is invalid, so restart must follow."""
        self.num_in_flight -= 1
        self.num_outputs -= is_sampled

    def append_blocks(self, blocks: np.ndarray) -> None:
        self.blocks = np.concatenate([self.blocks, blocks])

    def append(self, token_id: int) -> FinishReason | None:
        """Appends a collected token. Returns the finish reason if it is the last one."""
        self.output_ids.append(token_id)
        if token_id in self.sampling.stop_token_ids:
            return FinishReason.STOP
        if len(self.output_ids) >= self.sampling.max_tokens:
            return FinishReason.LENGTH
        return None

    def restart(self) -> None:
        """Drops all cached state but keeps the outputs: the next run recomputes them."""
        assert self.num_in_flight == 0
        assert self.num_outputs == len(self.output_ids)
        self.num_computed = 0
        self.num_spans_passed = 0
        self.is_decoding = False
        self.slot = 0
        self.blocks = _NO_BLOCKS
