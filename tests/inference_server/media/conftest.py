import io
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

Encode = Callable[..., bytes]


@pytest.fixture
def encode() -> Encode:
    """Encodes an image: encode(image, "PNG", **options)."""

    def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
        file = io.BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    return encode


@pytest.fixture
def noise() -> Image.Image:
    """An image of 50 x 40 pixels, no two parts of which are alike."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


EncodeVideo = Callable[..., bytes]


@pytest.fixture(scope="session")
def encode_video() -> EncodeVideo:
    """Encodes a video that gets brighter, frame k of n being 255 k / n gray."""

    def encode_video(
        kind: str = "mp4",
        codec: str = "libx264",
        *,
        num_frames: int = 20,
        fps: int = 10,
        size: tuple[int, int] = (64, 48),
        gop: int = 5,
        movflags: str = "",
        **options: str,
    ) -> bytes:
        file = io.BytesIO()
        layout = {"movflags": movflags} if movflags else {}
        with av.open(file, "w", format=kind, options=layout) as container:
            stream: Any = container.add_stream(codec, rate=fps, options=options)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.gop_size = gop
            for index in range(num_frames):
                gray = np.full((size[1], size[0], 3), 255 * index // num_frames, dtype=np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(gray, format="rgb24")))
            container.mux(stream.encode())
        return file.getvalue()

    return encode_video
