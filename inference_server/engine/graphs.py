"""Work of a few fixed sizes, recorded once and then replayed: one launch instead of hundreds.

What a replay reads and writes stays where it was recorded. Rows that fill a size up are padding:
they live in block 0 and slot 0, whose contents nobody wants.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from inference_server.engine.batch import decode_positions, row_arrays
from inference_server.engine.plan import Plan
from inference_server.engine.transfer import Inbox, Layout
from inference_server.models.batch import Batch
from inference_server.models.cache import Cache
from inference_server.models.nemotron_nano_vl import NemotronNanoVL

Work = Callable[[], None]
# From work to what does it again; on a CPU that is the work itself.
Capture = Callable[[Work], Work]

# Above this a step takes so long that its launches do not show.
_MAX_ROWS = 512
_TILES = (1, 2, 4, 6, 8, 13, 16, 26)


class CudaCapture:
    """Records CUDA graphs on a stream of its own, all in one memory pool.

    Their inputs and outputs lie outside of it, so each may reuse what another worked with; to need
    the least, the largest come first.
    """

    def __init__(self) -> None:
        self._stream = torch.cuda.Stream()
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, work: Work) -> Work:
        """Works once, to compile and set up what is missing, and once more into the recording.

        The first replay, which takes the recording to the device, is queued here too.
        """
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            work()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(
            graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"
        ):
            work()
        torch.cuda.current_stream().wait_stream(self._stream)
        graph.replay()
        return graph.replay


class DecodeGraphs:
    """Steps of decodes alone, up to the hidden states."""

    def __init__(
        self,
        model: NemotronNanoVL,
        cache: Cache,
        last_tokens: Tensor,
        *,
        sizes: Sequence[int],
        max_model_len: int,
        capture: Capture,
    ) -> None:
        """Sizes are numbers of rows; last_tokens [num_slots], each sequence's newest.

        hidden [largest size, C] is what the last run left.
        """
        self._model = model
        self._cache = cache
        self._last_tokens = last_tokens
        self._sizes = sorted(sizes)
        self._max_blocks = -(-max_model_len // cache.block_size)
        largest, weight = self._sizes[-1], model.language_model.embeddings.weight
        self._buffer = torch.zeros(
            self._layout(largest).num_bytes, dtype=torch.uint8, device=weight.device
        )
        self._no_bounds = torch.zeros(1, dtype=torch.int32, device=weight.device)
        self.hidden = weight.new_zeros(largest, weight.shape[1])
        self._inboxes = {size: Inbox(self._layout(size), self._buffer) for size in self._sizes}
        self._replays = {
            size: capture(partial(self._decode, size)) for size in reversed(self._sizes)
        }

    def can_run(self, plan: Plan) -> bool:
        """Whether a plan has rows, only decodes, and no more than there is a graph for."""
        return not plan.chunks and 0 < len(plan.decodes) <= self._sizes[-1]

    def run(self, plan: Plan) -> Tensor:
        """Queues the plan's rows -> hidden [size, C], padding last, to be read before the next."""
        rows = plan.decodes
        size = self._sizes[bisect_left(self._sizes, len(rows))]
        block_size = self._cache.block_size
        self._inboxes[size].fill(
            [*row_arrays(rows, block_size), decode_positions(rows, block_size)]
        )
        self._replays[size]()
        return self.hidden[:size]

    def _layout(self, size: int) -> Layout:
        return Layout(
            [
                ((size,), np.dtype(np.int32)),
                ((size,), np.dtype(np.int64)),
                ((size, self._max_blocks), np.dtype(np.int32)),
                ((size,), np.dtype(np.int64)),
            ]
        )

    def _decode(self, size: int) -> None:
        num_computed, slots, block_table, kv_positions = self._inboxes[size].tensors
        token_ids = self._last_tokens[slots]
        batch = Batch(
            token_ids=token_ids,
            num_decodes=size,
            chunk_lengths=(),
            chunk_starts=(),
            chunk_bounds=self._no_bounds,
            num_computed=num_computed,
            slots=slots,
            block_table=block_table,
            kv_positions=kv_positions,
        )
        x = self._model.embed(token_ids)
        self.hidden[:size] = self._model(x, batch, self._cache)


class VisionGraphs:
    """The vision encoder and its projector."""

    def __init__(self, model: NemotronNanoVL, *, sizes: Sequence[int], capture: Capture) -> None:
        """Sizes are numbers of tiles, 1 among them."""
        self._model = model
        self._sizes = sorted(sizes)
        config, weight = model.config, model.language_model.embeddings.weight
        largest, side = self._sizes[-1], config.tile_size
        self._tiles = weight.new_zeros(largest, 3, side, side)
        self._features = weight.new_zeros(largest, config.tokens_per_tile, weight.shape[1])
        self._replays = {
            size: capture(partial(self._encode, size)) for size in reversed(self._sizes)
        }

    def encode_images(self, tiles: Tensor) -> Tensor:
        """As the model's own: cut into sizes that add up, so that nothing is padded."""
        sizes = self._cut(len(tiles))
        features = tiles.new_empty(len(tiles), *self._features.shape[1:])
        pieces = zip(sizes, tiles.split(sizes), features.split(sizes), strict=True)
        for size, piece, place in pieces:
            self._tiles[:size] = piece
            self._replays[size]()
            place.copy_(self._features[:size])
        return features

    def _cut(self, num_tiles: int) -> list[int]:
        sizes: list[int] = []
        while num_tiles:
            sizes.append(self._sizes[bisect_right(self._sizes, num_tiles) - 1])
            num_tiles -= sizes[-1]
        return sizes

    def _encode(self, size: int) -> None:
        self._features[:size] = self._model.encode_images(self._tiles[:size])


def decode_sizes(max_num_rows: int) -> list[int]:
    """Numbers of rows, close enough that little of a step is padding, up to max_num_rows."""
    sizes = [1, 2, 4, *range(8, 64, 8), *range(64, 256, 16), *range(256, _MAX_ROWS + 1, 32)]
    return sorted({size for size in sizes if size < max_num_rows} | {min(max_num_rows, _MAX_ROWS)})


def tile_sizes(max_num_tiles: int) -> list[int]:
    """Numbers of tiles, among them those of a whole picture."""
    return [size for size in _TILES if size <= max_num_tiles]
