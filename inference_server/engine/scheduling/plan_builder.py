"""Builds the plan of one step within its budgets of tokens and tiles."""

from inference_server.engine.scheduling.budget import Budget
from inference_server.engine.scheduling.plan import Encode, Plan, Row
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.scheduling.vision_cache import VisionCache
from inference_server.engine.types import Span


class PlanBuilder:
    """Lives for one call of the scheduler. Each row that it takes advances its sequence at once."""

    def __init__(self, vision: VisionCache, budget: Budget) -> None:
        self._vision = vision
        self._budget = budget
        self._num_tokens_left = budget.max_num_tokens
        self._num_tiles_left = budget.max_num_tiles
        self._decodes: list[Row] = []
        self._chunks: list[Row] = []
        self._encodes: list[Encode] = []

    @property
    def has_tokens_left(self) -> bool:
        return self._num_tokens_left > 0

    def add_decode(self, sequence: Sequence) -> None:
        """Adds a row for the one token that a sequence sampled last."""
        self._decodes.append(self._advance(sequence, 1))

    def end_decodes(self) -> None:
        """Ends the decodes. In a step with decodes the chunks that follow get a smaller budget."""
        if self._decodes:
            budget = self._budget
            self._num_tokens_left = min(self._num_tokens_left, budget.max_tokens_beside_decodes)
            self._num_tiles_left = min(self._num_tiles_left, budget.max_tiles_beside_decodes)

    def add_chunk(self, sequence: Sequence) -> None:
        """Adds a chunk of as many tokens as both budgets allow, and the tiles it needs.

        Tiles are encoded as far as the budget goes. The chunk ends before the first span that
        will not be completely encoded after this step.
        """
        start = sequence.num_computed
        end = min(sequence.num_tokens, start + self._num_tokens_left)
        for span in sequence.pinned_spans:
            if span.start >= end:
                break
            if not self._encode(span):
                end = span.start
                break
        if end > start:
            self._chunks.append(self._advance(sequence, end - start))

    def plan(self) -> Plan | None:
        """The finished plan, or None if it is empty."""
        if not (self._decodes or self._chunks or self._encodes):
            return None
        return Plan(
            decodes=tuple(self._decodes),
            chunks=tuple(self._chunks),
            encodes=tuple(self._encodes),
            evicted=self._vision.take_evicted(),
        )

    def _encode(self, span: Span) -> bool:
        """Encodes as many tiles as the budget allows. Returns whether the span is then complete."""
        start = self._vision.num_encoded(span.key)
        stop = min(span.media.num_tiles, start + self._num_tiles_left)
        if stop > start:
            self._encodes.append(Encode(span=span, start=start, stop=stop))
            self._num_tiles_left -= stop - start
            self._vision.set_encoded(span.key, stop)
        return self._vision.is_complete(span.key)

    def _advance(self, sequence: Sequence, length: int) -> Row:
        row = Row(
            sequence=sequence,
            start=sequence.num_computed,
            length=length,
            is_sampled=sequence.num_computed + length == sequence.num_tokens,
            output_index=sequence.num_outputs,
        )
        self._num_tokens_left -= length
        sequence.advance(row.length, is_sampled=row.is_sampled)
        return row
