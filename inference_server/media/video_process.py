"""The process that decodes one video, under limits of its own: python -m ...media.video_process.

Reads a line of JSON and the file from stdin. Writes a line of JSON, which describes the frames or
says why they are refused, then each frame: its index in four bytes and its pixels.
"""

import json
import resource
import signal
import sys
from itertools import chain
from typing import Any, BinaryIO

from inference_server.media.frames import FrameChoice, FrameChoiceError
from inference_server.media.video_reader import VideoReader

_MAX_MEMORY_BYTES = 3 * 2**30
_MAX_CPU_S = 120
_MAX_WALL_S = 300

# Twice as many as 8K has.
_MAX_FRAME_PIXELS = 2**26
# For all frames together, whose sides are halved until this holds. Of 128 frames, each still has a
# million pixels, four times as many as the model uses.
_MAX_PIXELS = 2**27


def main() -> None:
    _limit()
    request = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    try:
        _answer(request, data, sys.stdout.buffer)
    except FrameChoiceError as error:
        _write_line({"refused": str(error), "name": error.name}, sys.stdout.buffer)


def _limit() -> None:
    for kind, value in (
        (resource.RLIMIT_AS, _MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, _MAX_CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))
    signal.alarm(_MAX_WALL_S)


def _answer(request: dict[str, Any], data: bytes, out: BinaryIO) -> None:
    reader = VideoReader(data, request.pop("container"))
    info = reader.info
    if info.width * info.height > _MAX_FRAME_PIXELS:
        raise FrameChoiceError(
            f"The video's frames have {info.width} x {info.height} pixels; at most "
            f"{_MAX_FRAME_PIXELS} are allowed.",
            "data",
        )
    indices = FrameChoice(**request).indices(info.num_frames, info.fps)
    shrink = 1
    while len(indices) * (info.width // shrink) * (info.height // shrink) > _MAX_PIXELS:
        shrink *= 2
    frames = reader.frames(indices, shrink=shrink)
    first = next(frames, None)
    if first is None:
        return
    height, width, _ = first[1].shape
    header = {"height": height, "width": width, "num_frames": len(indices), "fps": info.fps}
    _write_line(header, out)
    for index, pixels in chain([first], frames):
        out.write(index.to_bytes(4, "little"))
        out.write(pixels.tobytes())


def _write_line(values: dict[str, Any], out: BinaryIO) -> None:
    out.write(json.dumps(values).encode() + b"\n")


if __name__ == "__main__":
    main()
