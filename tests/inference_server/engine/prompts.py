"""Prompts of random words, images and videos, for the small model of these tests."""

from collections.abc import Iterable

import numpy as np

from inference_server.engine.types import Grid, ImageMedia, Prompt, Span, VideoMedia

IMAGE_ID = 102
TOKENS_PER_TILE = 4


def words(count: int, seed: int = 0) -> list[int]:
    return np.random.default_rng(seed).integers(0, 100, count).tolist()


def image(seed: int, *, columns: int = 2, rows: int = 1) -> ImageMedia:
    pixels = np.random.default_rng(seed).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    grid = Grid(columns=columns, rows=rows, has_thumbnail=columns * rows > 1)
    return ImageMedia(pixels=pixels, grid=grid)


def video(seed: int, *, num_frames: int = 5, pruning_rate: float = 0.5) -> VideoMedia:
    frames = np.random.default_rng(seed).integers(0, 256, (num_frames, 40, 40, 3), dtype=np.uint8)
    separators = tuple((index, index + 1) for index in range(num_frames + 1))
    return VideoMedia(frames=frames, separators=separators, pruning_rate=pruning_rate)


def span_of(media: ImageMedia | VideoMedia, *, key: bytes, start: int) -> Span:
    length = media.num_tiles * TOKENS_PER_TILE
    if isinstance(media, VideoMedia):
        kept = max(TOKENS_PER_TILE, int(length * (1 - media.pruning_rate)))
        length = kept + sum(len(separator) for separator in media.separators)
    return Span(key=key, start=start, length=length, media=media)


def prompt_of(pieces: Iterable[list[int] | tuple[bytes, ImageMedia | VideoMedia]]) -> Prompt:
    """A prompt of token ids and (key, media) in turn."""
    token_ids: list[int] = []
    spans: list[Span] = []
    for piece in pieces:
        if isinstance(piece, list):
            token_ids += piece
            continue
        key, media = piece
        spans.append(span_of(media, key=key, start=len(token_ids)))
        token_ids += [IMAGE_ID] * spans[-1].length
    return Prompt(token_ids=np.array(token_ids, dtype=np.int32), spans=tuple(spans))
