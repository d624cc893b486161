"""Keys of media by their content: equal keys mean equal embeddings.

A key covers the pixels, their shape and all else that the embeddings depend on, so that no caller
can make the cache return the embeddings of another image. A salt keeps callers apart who must not
learn from an answer's speed what the other has sent.
"""

import hashlib
from typing import Any

import numpy as np

from inference_server.engine.types import ImageMedia, VideoMedia


def image_key(media: ImageMedia, salt: str = "") -> bytes:
    """Covers pixels, grid and salt."""
    return _key("image", media.pixels, (media.grid, salt))


def video_key(media: VideoMedia, salt: str = "") -> bytes:
    """Covers frames, pruning rate, separators and salt."""
    return _key("video", media.frames, (media.pruning_rate, media.separators, salt))


def _key(kind: str, pixels: np.ndarray, decided: tuple[Any, ...]) -> bytes:
    digest = hashlib.blake2b(digest_size=32)
    digest.update(repr((kind, pixels.shape, decided)).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.digest()
