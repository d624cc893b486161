"""Checks that a sequence can run, before anything is queued."""

from collections.abc import Iterable
from dataclasses import dataclass

from inference_server.engine.scheduling.vision_cache import num_rows_for
from inference_server.engine.types import ImageMedia, Prompt, Sampling, Span
from inference_server.errors import InvalidArgument


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of the measured memory. A sequence within them can always run alone."""

    max_model_len: int
    max_vision_rows: int
    tokens_per_tile: int
    vocab_size: int

    def fits(self, prompt: Prompt, sampling: Sampling) -> bool:
        """Whether the caches can hold the sequence."""
        num_tokens = len(prompt) + sampling.max_tokens
        return num_tokens <= self.max_model_len and self._has_room_for(prompt.spans)

    def check(self, prompt: Prompt, sampling: Sampling) -> None:
        """Raises InvalidArgument if the vision cache cannot hold the media together.

        All else was checked before the engine is asked, so that it raises ValueError.
        """
        if len(prompt) < 1 or sampling.max_tokens < 1:
            raise ValueError("the prompt and max_tokens must be at least one token each")
        if len(prompt) + sampling.max_tokens > self.max_model_len:
            raise ValueError("the prompt and max_tokens exceed max_model_len")
        self._check_ids(prompt, sampling)
        self._check_spans(prompt)
        if not self._has_room_for(prompt.spans):
            raise InvalidArgument(
                f"The images and videos together need more than {self.max_vision_rows} tokens, "
                "which is what the vision cache holds.",
                field="messages",
            )

    def _has_room_for(self, spans: Iterable[Span]) -> bool:
        return num_rows_for(spans, self.tokens_per_tile) <= self.max_vision_rows

    def _check_ids(self, prompt: Prompt, sampling: Sampling) -> None:
        token_ids = {prompt.token_ids.min(), prompt.token_ids.max(), *sampling.stop_token_ids}
        token_ids.update(token_id for token_id, _ in sampling.logit_bias)
        if min(token_ids) < 0 or max(token_ids) >= self.vocab_size:
            raise ValueError("a token id is outside the vocabulary")

    def _check_spans(self, prompt: Prompt) -> None:
        end = 0
        for span in prompt.spans:
            if span.start < end or span.length < 1 or span.end > len(prompt):
                raise ValueError("spans overlap, are empty, or leave the prompt")
            if not self._can_fill(span):
                raise ValueError("a span's length is not what its media gives")
            end = span.end

    def _can_fill(self, span: Span) -> bool:
        num_rows = span.media.num_tiles * self.tokens_per_tile
        if isinstance(span.media, ImageMedia):
            return span.length == num_rows
        num_separators = sum(len(separator) for separator in span.media.separators)
        return self.tokens_per_tile <= span.length - num_separators <= num_rows
