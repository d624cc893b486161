"""Makes a video of frames that the caller has chosen. Knows no codec but those of images."""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from PIL.Image import Resampling

from inference_server.media.decoded import DecodedVideo
from inference_server.media.image import decode_image, image_size
from inference_server.media.timeline import timestamp_s
from inference_server.media.work import Work


def frame_sizes(files: Sequence[bytes], *, max_pixels: int, field: str) -> list[tuple[int, int]]:
    """Width and height of every file, by the headers. Raises what decode_frames raises."""
    return [
        image_size(data, max_pixels=max_pixels, field=_path(field, index))
        for index, data in enumerate(files)
    ]


def decode_frames(
    files: Sequence[bytes],
    timestamps_s: tuple[float, ...],
    *,
    max_pixels: int,
    field: str,
    work: Work | None = None,
) -> DecodedVideo:
    """Decodes every frame, scaled to the size of the first.

    Raises InvalidArgument that names the file at fault, such as "{field}[3].data", and GivenUp if
    another thread ends the `work`.
    """
    frames = np.empty((0, 0, 0, 3), dtype=np.uint8)
    for index, data in enumerate(files):
        image = decode_image(data, max_pixels=max_pixels, field=_path(field, index), work=work)
        if index == 0:
            frames = np.empty((len(files), *image.pixels.shape), dtype=np.uint8)
        frames[index] = _scaled(image.pixels, frames.shape[1:])
    return DecodedVideo(frames=frames, timestamps_s=timestamps_s)


def steady_times_s(num_frames: int, fps: float) -> tuple[float, ...]:
    """The times of frames taken at a steady rate, counted as those of a file are."""
    return tuple(timestamp_s(index, fps) for index in range(num_frames))


def _path(field: str, index: int) -> str:
    return f"{field}[{index}].data"


def _scaled(pixels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if pixels.shape == shape:
        return pixels
    height, width, _ = shape
    return np.array(Image.fromarray(pixels).resize((width, height), Resampling.BICUBIC))
