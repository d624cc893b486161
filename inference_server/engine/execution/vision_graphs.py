"""The vision encoder as CUDA graphs of a few numbers of tiles."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial

from torch import Tensor

from inference_server.engine.execution.cuda_graphs import Capture
from inference_server.models.nemotron_nano_vl import NemotronNanoVL

_TILES = (1, 2, 4, 6, 8, 13, 16, 26)


class VisionGraphs:
    """CUDA graphs of the vision encoder and its projector."""

    def __init__(self, model: NemotronNanoVL, *, sizes: Sequence[int], capture: Capture) -> None:
        """`sizes` are numbers of tiles and must include 1."""
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
        """Like the model's encode_images; splits tiles into captured sizes without padding."""
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


def tile_sizes(max_num_tiles: int) -> list[int]:
    """The sizes to capture, among them 13 tiles: a full image with its thumbnail."""
    return [size for size in _TILES if size <= max_num_tiles]
