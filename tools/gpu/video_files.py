"""Videos for a load: no two videos and no two frames are the same."""

from pathlib import Path
from typing import Any

import av
import numpy as np

_FRAMES_PER_S = 25
_BLOCK = 80


def write_videos(folder: Path, count: int, *, seconds: int, width: int, height: int) -> list[str]:
    """Writes H.264 in MP4: a bright square crosses a field of colored blocks. Returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{seed}.mp4" for seed in range(count)]
    for seed, path in enumerate(paths):
        _write(path, np.random.default_rng(seed), seconds, width, height)
    return [str(path) for path in paths]


def _write(path: Path, random: np.random.Generator, seconds: int, width: int, height: int) -> None:
    num_frames, side = seconds * _FRAMES_PER_S, height // 4
    colors = random.integers(0, 256, (-(-height // _BLOCK), -(-width // _BLOCK), 3), dtype=np.uint8)
    field = colors.repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)[:height, :width]
    with av.open(path, "w") as container:
        stream: Any = container.add_stream("libx264", rate=_FRAMES_PER_S)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "veryfast"}
        for index in range(num_frames):
            frame = field.copy()
            left = index * (width - side) // num_frames
            frame[height // 2 :, left : left + side] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
