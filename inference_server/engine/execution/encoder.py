"""Encodes images and videos to embedding rows on the device; the scheduler decides what is kept."""

import logging
from collections.abc import Collection, Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from inference_server.engine.execution.cuda_graphs import Capture
from inference_server.engine.execution.transfer import upload
from inference_server.engine.execution.vision_graphs import VisionGraphs
from inference_server.engine.scheduling.plan import Encode, Row
from inference_server.engine.types import Span, VideoMedia
from inference_server.models.evs import embed_video
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.models.tiles import Tiler

logger = logging.getLogger(__name__)


class Encoder:
    """Holds the embeddings of every key in the vision cache, complete or partly encoded."""

    def __init__(self, model: NemotronNanoVL, *, device: torch.device, dtype: torch.dtype) -> None:
        self._model = model
        self._device = device
        self._encode_images = model.encode_images
        self._tiler = Tiler(
            tile_size=model.config.tile_size,
            mean=model.config.norm_mean,
            std=model.config.norm_std,
            device=device,
            dtype=dtype,
        )
        # Complete: [length, C]. Partly encoded: [tiles, tokens_per_tile, C].
        self._rows: dict[bytes, Tensor] = {}

    def capture(self, capture: Capture, sizes: Sequence[int]) -> None:
        """Captures the vision encoder as CUDA graphs of these numbers of tiles."""
        graphs = VisionGraphs(self._model, sizes=sizes, capture=capture)
        self._encode_images = graphs.encode_images

    def drop(self, keys: Iterable[bytes]) -> None:
        """Frees embeddings. A step in flight can still read them: memory is reused later."""
        for key in keys:
            self._rows.pop(key, None)

    def encode(self, encodes: Collection[Encode]) -> list[bytes]:
        """Encodes tiles, all in one call. Returns the keys of media that fail even alone."""
        if not encodes:
            return []
        try:
            self._encode(encodes)
        except torch.AcceleratorError:
            raise
        except (RuntimeError, ValueError, MemoryError) as error:
            if len(encodes) > 1:
                return [key for encode in encodes for key in self.encode([encode])]
            logger.warning("media could not be encoded: %s", type(error).__name__)
            keys = [encode.span.key for encode in encodes]
            self.drop(keys)
            return keys
        return []

    def place(self, x: Tensor, chunks: Iterable[Row], *, start: int) -> None:
        """Overwrites token embeddings x [T, C] with media rows; the chunks begin at row `start`."""
        for row in chunks:
            for span, first, last in row.media:
                rows = self._rows[span.key][first - span.start : last - span.start]
                x[start + first - row.start : start + last - row.start] = rows
            start += row.length

    def _encode(self, encodes: Collection[Encode]) -> None:
        tiles = torch.cat([self._tiles_of(encode) for encode in encodes])
        features = self._encode_images(tiles)
        counts = [encode.stop - encode.start for encode in encodes]
        complete: dict[bytes, Tensor] = {}
        for encode, part in zip(encodes, features.split(counts), strict=True):
            span = encode.span
            if encode.start == 0:
                self._rows[span.key] = part.new_empty(span.media.num_tiles, *part.shape[1:])
            self._rows[span.key][encode.start : encode.stop] = part
            if encode.stop == span.media.num_tiles:
                complete[span.key] = self._complete(span, self._rows[span.key])
        # Only after everything has succeeded: what is retried must still be partly encoded.
        self._rows |= complete

    def _complete(self, span: Span, features: Tensor) -> Tensor:
        """Features [L, P, C] of all tiles -> embedding rows of the span [length, C]"""
        if not isinstance(span.media, VideoMedia):
            return features.flatten(0, 1)
        separators = span.media.separators
        token_ids, lengths = upload(
            [
                np.array([token_id for one in separators for token_id in one], np.int64),
                np.array([len(one) for one in separators], np.int64),
            ],
            self._device,
        )
        return embed_video(
            features,
            separators=self._model.embed(token_ids),
            separator_lengths=lengths,
            length=span.length,
        )

    def _tiles_of(self, encode: Encode) -> Tensor:
        media = encode.span.media
        if isinstance(media, VideoMedia):
            (frames,) = upload([media.frames[encode.start : encode.stop]], self._device)
            return self._tiler.frames(frames)
        (pixels,), grid = upload([media.pixels], self._device), media.grid
        tiles = self._tiler.image(
            pixels, columns=grid.columns, rows=grid.rows, has_thumbnail=grid.has_thumbnail
        )
        return tiles[encode.start : encode.stop]
