"""The plan of one step, made on the host before any tensor is touched."""

from collections.abc import Iterator
from dataclasses import dataclass

from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.types import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Tokens start to start + length of one sequence.

    A row that contains the sequence's last token is sampled from: the result is the sequence's
    output number output_index.
    """

    sequence: Sequence
    start: int
    length: int
    is_sampled: bool
    output_index: int

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def media(self) -> Iterator[tuple[Span, int, int]]:
        """The media spans that overlap this row, each with the first and end position shared."""
        for span in self.sequence.pinned_spans:
            first, last = max(span.start, self.start), min(span.end, self.end)
            if first < last:
                yield span, first, last


@dataclass(frozen=True, slots=True, kw_only=True)
class Encode:
    """Tiles start to stop of one span's image or video."""

    span: Span
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One step: drop embeddings, encode tiles, compute rows, sample from rows that are complete.

    decodes  rows of one token, sampled by an earlier step; its id may be on the device only
    chunks   rows of one or more tokens whose ids the host knows
    """

    decodes: tuple[Row, ...]
    chunks: tuple[Row, ...]
    encodes: tuple[Encode, ...]
    evicted: tuple[bytes, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.decodes + self.chunks

    @property
    def sampled(self) -> tuple[Row, ...]:
        return self.decodes + tuple(row for row in self.chunks if row.is_sampled)

    @property
    def num_tokens(self) -> int:
        return len(self.decodes) + self.num_chunk_tokens

    @property
    def num_chunk_tokens(self) -> int:
        return sum(row.length for row in self.chunks)

    @property
    def num_tiles(self) -> int:
        return sum(encode.stop - encode.start for encode in self.encodes)
