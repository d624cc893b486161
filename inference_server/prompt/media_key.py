"""Keys of media by their content: equal keys mean equal embeddings.

A key covers the pixels, their shape and all else that the embeddings depend on, so that no caller
can make the cache return the embeddings of another image.
"""

import hashlib
from typing import Any

import numpy as np

from inference_server.engine.types import ImageMedia, VideoMedia


def image_key(media: ImageMedia) -> bytes:
    """Covers pixels and grid."""
    return _key("image", media.pixels, (media.grid,))


def video_key(media: VideoMedia) -> bytes:
    """Covers frames, pruning rate and separators."""
    return _key("video", media.frames, (media.pruning_rate, media.separators))


def _key(kind: str, pixels: np.ndarray, decided: tuple[Any, ...]) -> bytes:
    digest = hashlib.blake2b(digest_size=32)
    digest.update(repr((kind, pixels.shape, decided)).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.digest()
