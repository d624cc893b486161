"""What a prompt and its sampling may ask for. Checked at the border, before anything is queued."""

from dataclasses import dataclass

from inference_server.engine.scheduling.vision_cache import num_rows_for
from inference_server.engine.types import ImageMedia, Prompt, Sampling, Span
from inference_server.errors import ContextLengthExceeded, InvalidArgument


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What fits, once memory is measured: a sequence within it can always run alone."""

    max_model_len: int
    max_vision_rows: int
    tokens_per_tile: int
    vocab_size: int

    def check(self, prompt: Prompt, sampling: Sampling) -> None:
        """Raises for what can never run: a client's error with its field, else ValueError."""
        self._check_length(prompt, sampling)
        self._check_ids(prompt, sampling)
        self._check_spans(prompt)

    def _check_length(self, prompt: Prompt, sampling: Sampling) -> None:
        if len(prompt) == 0 or sampling.max_tokens < 1:
            raise InvalidArgument("A prompt and its completion have at least one token each.")
        if len(prompt) + sampling.max_tokens > self.max_model_len:
            raise ContextLengthExceeded(
                f"The prompt has {len(prompt)} tokens and max_tokens is {sampling.max_tokens}; "
                f"together they exceed the context of {self.max_model_len} tokens."
            )

    def _check_ids(self, prompt: Prompt, sampling: Sampling) -> None:
        for token_id, _ in sampling.logit_bias:
            if not 0 <= token_id < self.vocab_size:
                raise InvalidArgument(
                    f"Token id {token_id} is not in the vocabulary of {self.vocab_size}.",
                    field="sampling.logit_bias",
                )
        if any(not 0 <= token_id < self.vocab_size for token_id in sampling.stop_token_ids):
            raise InvalidArgument(
                f"A stop token id is not in the vocabulary of {self.vocab_size}.",
                field="sampling.stop_token_ids",
            )
        if prompt.token_ids.min() < 0 or prompt.token_ids.max() >= self.vocab_size:
            raise ValueError("the prompt has a token id outside the vocabulary")

    def _check_spans(self, prompt: Prompt) -> None:
        end = 0
        for span in prompt.spans:
            if span.start < end or span.length < 1 or span.end > len(prompt):
                raise ValueError("spans overlap, are empty, or leave the prompt")
            if not self._can_fill(span):
                raise ValueError("a span's length is not what its media gives")
            end = span.end
        if num_rows_for(prompt.spans, self.tokens_per_tile) > self.max_vision_rows:
            raise InvalidArgument(
                "The pictures and videos together exceed the vision cache.", field="messages"
            )

    def _can_fill(self, span: Span) -> bool:
        num_rows = span.media.num_tiles * self.tokens_per_tile
        if isinstance(span.media, ImageMedia):
            return span.length == num_rows
        num_separators = sum(len(separator) for separator in span.media.separators)
        return self.tokens_per_tile <= span.length - num_separators <= num_rows
