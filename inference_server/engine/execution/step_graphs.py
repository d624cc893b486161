"""CUDA graphs of steps with few tokens: decodes alone, or decodes and short chunks.

A graph has room for a fixed number of decode rows, chunks and chunk tokens. Unused capacity is
filled with padding rows (block 0, slot 0). Output head and sampling are not part of a graph.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from inference_server.engine.execution.batch import batch_arrays, batch_of
from inference_server.engine.execution.cuda_graphs import Capture, Work
from inference_server.engine.execution.transfer import Inbox, Layout
from inference_server.engine.scheduling.plan import Plan, Row
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.types import Prompt, Sampling
from inference_server.models.cache import Cache
from inference_server.models.nemotron_nano_vl import NemotronNanoVL

# Above these sizes the device is busy for longer than the launches take.
_MAX_DECODES = 512
_CHUNK_TOKENS = (32, 64, 128, 256)
_DECODES_BESIDE_CHUNKS = (0, 8, 32, 64, 128, 256)
_MAX_CHUNKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShape:
    """The capacity of a graph: decode rows, and tokens of a few chunks."""

    num_decodes: int
    num_chunk_tokens: int = 0

    @property
    def max_chunks(self) -> int:
        """The largest number of chunks in a plan."""
        return _MAX_CHUNKS if self.num_chunk_tokens else 0

    @property
    def num_chunks(self) -> int:
        """One chunk more than a plan may have: it holds the padding tokens."""
        return self.max_chunks + 1 if self.num_chunk_tokens else 0

    @property
    def num_rows(self) -> int:
        return self.num_decodes + self.num_chunks

    @property
    def num_tokens(self) -> int:
        return self.num_decodes + self.num_chunk_tokens

    def holds(self, plan: Plan) -> bool:
        """Whether a plan's rows fit. Media rows are not considered here."""
        return (
            len(plan.decodes) <= self.num_decodes
            and len(plan.chunks) <= self.max_chunks
            and plan.num_chunk_tokens <= self.num_chunk_tokens
        )


class StepGraphs:
    """CUDA graphs of steps, one for each shape."""

    def __init__(
        self,
        model: NemotronNanoVL,
        cache: Cache,
        last_tokens: Tensor,
        *,
        shapes: Iterable[StepShape],
        max_model_len: int,
        capture: Capture,
    ) -> None:
        """last_tokens [num_slots] holds the newest token of each sequence."""
        self._model = model
        self._cache = cache
        self._last_tokens = last_tokens
        self._shapes = sorted(shapes, key=lambda shape: shape.num_tokens)
        # The padding chunk may be longer than any sequence.
        longest = max(max_model_len, *(shape.num_chunk_tokens for shape in self._shapes))
        self._max_blocks = -(-longest // cache.block_size)
        weight = model.language_model.embeddings.weight
        layouts = {shape: self._layout(shape) for shape in self._shapes}
        num_bytes = max(layout.num_bytes for layout in layouts.values())
        buffer = torch.zeros(num_bytes, dtype=torch.uint8, device=weight.device)
        self._inboxes = {shape: Inbox(layout, buffer) for shape, layout in layouts.items()}
        num_rows = max(shape.num_rows for shape in self._shapes)
        self._hidden = weight.new_zeros(num_rows, weight.shape[1])
        self._no_decode, self._no_chunk = _padding(1), _padding(0)
        self._replays: dict[StepShape, Work] = {}
        for shape in reversed(self._shapes):
            # Capturing runs the step, so its inputs must be valid.
            self._fill(shape, decodes=(), chunks=())
            self._replays[shape] = capture(partial(self._compute, shape))
        # The output head is outside the graphs; load its kernels, which differ by size, now.
        for num_rows in {shape.num_rows for shape in self._shapes}:
            model.logits(self._hidden[:num_rows])

    def shape_for(self, plan: Plan) -> StepShape | None:
        """The smallest shape that a plan fits in, or None. Plans with media rows fit in none."""
        if any(any(row.media) for row in plan.chunks):
            return None
        return next((shape for shape in self._shapes if shape.holds(plan)), None)

    def run(self, plan: Plan, shape: StepShape) -> Tensor:
        """Queues the plan's rows -> hidden [shape.num_rows, C], valid until the next run.

        The rows to sample from come first, the rest is padding.
        """
        self._fill(shape, decodes=plan.decodes, chunks=plan.chunks)
        self._replays[shape]()
        return self._hidden[: shape.num_rows]

    def _fill(self, shape: StepShape, *, decodes: tuple[Row, ...], chunks: tuple[Row, ...]) -> None:
        """Writes these rows to the inputs of a shape's graph, followed by padding rows."""
        decodes += (self._no_decode,) * (shape.num_decodes - len(decodes))
        if shape.num_chunks:
            num_left = shape.num_chunk_tokens - sum(row.length for row in chunks)
            chunks += (self._no_chunk,) * (shape.max_chunks - len(chunks)) + (_padding(num_left),)
        self._inboxes[shape].fill(batch_arrays(decodes, chunks, self._cache.block_size))

    def _layout(self, shape: StepShape) -> Layout:
        """The layout of the arrays of batch_arrays."""
        num_rows, int32, int64 = shape.num_rows, np.dtype(np.int32), np.dtype(np.int64)
        return Layout(
            [
                ((num_rows,), int32),
                ((num_rows,), int64),
                ((num_rows, self._max_blocks), int32),
                ((shape.num_tokens,), int64),
                ((shape.num_chunk_tokens,), int64),
                ((shape.num_chunks + 1,), int32),
                ((num_rows,), int64),
            ]
        )

    def _compute(self, shape: StepShape) -> None:
        batch = batch_of(
            self._inboxes[shape].tensors,
            self._last_tokens,
            num_decodes=shape.num_decodes,
            chunk_lengths=(shape.num_chunk_tokens,) * shape.num_chunks,
        )
        hidden = self._model(self._model.embed(batch.token_ids), batch, self._cache)
        self._hidden[: shape.num_rows] = hidden


def step_shapes(max_num_decodes: int) -> list[StepShape]:
    """The shapes to capture for up to max_num_decodes decodes, with and without short chunks."""
    return [
        *(StepShape(num_decodes=size) for size in decode_sizes(max_num_decodes)),
        *(
            StepShape(num_decodes=size, num_chunk_tokens=num_tokens)
            for size in _sizes_beside_chunks(max_num_decodes)
            for num_tokens in _CHUNK_TOKENS
        ),
    ]


def largest_shapes(shapes: Iterable[StepShape]) -> list[StepShape]:
    """The largest decode-only shape and the largest mixed shape; all others fit in one of them."""
    by_size = sorted(shapes, key=lambda shape: shape.num_tokens, reverse=True)
    alone = next(shape for shape in by_size if not shape.max_chunks)
    beside = next(shape for shape in by_size if shape.max_chunks)
    return [alone, beside]


def decode_sizes(max_num_decodes: int) -> list[int]:
    """Numbers of decode rows up to max_num_decodes, close enough to keep padding small."""
    sizes = [1, 2, 4, *range(8, 64, 8), *range(64, 256, 16), *range(256, _MAX_DECODES + 1, 32)]
    most = min(max_num_decodes, _MAX_DECODES)
    return sorted({size for size in sizes if size < most} | {most})


def _sizes_beside_chunks(max_num_decodes: int) -> Iterator[int]:
    """Fewer sizes than for decodes alone: beside chunks the cost of padding hardly shows."""
    for size in _DECODES_BESIDE_CHUNKS:
        yield min(size, max_num_decodes)
        if size >= max_num_decodes:
            return


def _padding(length: int) -> Row:
    """A padding row: tokens in block 0 and slot 0."""
    zeros = np.zeros(length, dtype=np.int32)
    padding = Sequence(0, Prompt(token_ids=zeros), Sampling(max_tokens=1))
    padding.blocks = zeros
    return Row(sequence=padding, start=0, length=length, is_sampled=False, output_index=0)
