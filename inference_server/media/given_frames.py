"""Makes a video of frames that the caller has chosen. Knows no codec but those of images."""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image
from PIL.Image import Resampling

from inference_server.media.decoded import DecodedVideo
from inference_server.media.image import decode_image
from inference_server.media.timeline import timestamp_s


def decode_frames(
    files: Sequence[bytes],
    timestamps_s: tuple[float, ...],
    *,
    max_pixels: int,
    take: Callable[[int], None],
    field: str,
) -> DecodedVideo:
    """Decodes every frame, scaled to the size of the first. `take` counts pixels as they appear.

    Raises InvalidArgument that names the file at fault, such as "{field}[3].data".
    """
    frames: list[np.ndarray] = []
    for index, data in enumerate(files):
        image = decode_image(data, max_pixels=max_pixels, field=f"{field}[{index}].data")
        first = frames[0] if frames else image.pixels
        # Before it is scaled: a small file must not become a large frame that nobody counted.
        take(max(image.num_bytes, first.nbytes) // 3)
        frames.append(_scaled(image.pixels, first.shape))
    return DecodedVideo(frames=np.stack(frames), timestamps_s=timestamps_s)


def steady_times_s(num_frames: int, fps: float) -> tuple[float, ...]:
    """The times of frames taken at a steady rate, counted as those of a file are."""
    return tuple(timestamp_s(index, fps) for index in range(num_frames))


def _scaled(pixels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if pixels.shape == shape:
        return pixels
    height, width, _ = shape
    return np.array(Image.fromarray(pixels).resize((width, height), Resampling.BICUBIC))
