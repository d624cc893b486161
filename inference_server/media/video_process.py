"""The process that decodes one video, under limits of its own: python -m ...media.video_process.

Says that it is ready, which it is once its libraries are loaded. Reads a line of JSON and the file
from stdin. Writes a line of JSON, which describes the chosen frames or says why the video is
refused, then each frame that can be decoded: its place among the chosen in four bytes and its
pixels. Ends with 1 if the file broke it, and otherwise by the codes below.
"""

import json
import os
import resource
import signal
import sys
import traceback
from itertools import chain
from typing import Any, BinaryIO

from av.error import FFmpegError

from inference_server.media.frames import FrameChoice
from inference_server.media.refusal import VideoRefused
from inference_server.media.video_answer import MAX_PIXELS, NEEDS_TOO_MUCH, READY, SERVER_FAULT
from inference_server.media.video_reader import VideoReader

_MAX_MEMORY_BYTES = 3 * 2**30
_MAX_CPU_S = 120
_MAX_WALL_S = 300

# Twice as many as 8K has.
_MAX_FRAME_PIXELS = 2**26


def main() -> None:
    # Nobody reads errors before the end: what does not fit into the pipe is lost.
    os.set_blocking(sys.stderr.fileno(), False)
    _limit()
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()
    try:
        _serve()
    except MemoryError:
        sys.exit(NEEDS_TOO_MUCH)
    except FFmpegError:
        raise
    except (ImportError, OSError):
        traceback.print_exc()
        sys.exit(SERVER_FAULT)


def _serve() -> None:
    request = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    try:
        _answer(request, data, sys.stdout.buffer)
    except VideoRefused as error:
        _write_line({"refused": str(error), "name": error.name}, sys.stdout.buffer)


def _limit() -> None:
    for kind, soft, hard in (
        (resource.RLIMIT_AS, _MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES),
        # At the soft limit comes a signal of its own, at the hard one SIGKILL.
        (resource.RLIMIT_CPU, _MAX_CPU_S, _MAX_CPU_S + 5),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))
    signal.alarm(_MAX_WALL_S)


def _answer(request: dict[str, Any], data: bytes, out: BinaryIO) -> None:
    reader = VideoReader(data, request.pop("container"))
    if reader.width * reader.height > _MAX_FRAME_PIXELS:
        raise VideoRefused(
            f"The video's frames have {reader.width} x {reader.height} pixels; at most "
            f"{_MAX_FRAME_PIXELS} are allowed."
        )
    indices = FrameChoice(**request).indices(reader.timeline)
    shrink = 1
    while len(indices) * (reader.width // shrink) * (reader.height // shrink) > MAX_PIXELS:
        shrink *= 2
    frames = reader.frames(indices, shrink=shrink)
    first = next(frames, None)
    if first is None:
        return
    height, width, _ = first[1].shape
    times_s = [reader.timeline.told_s(index) for index in indices]
    _write_line({"height": height, "width": width, "times_s": times_s}, out)
    place_by_index = {index: place for place, index in enumerate(indices)}
    for index, pixels in chain([first], frames):
        out.write(place_by_index[index].to_bytes(4, "little"))
        out.write(pixels.tobytes())


def _write_line(values: dict[str, Any], out: BinaryIO) -> None:
    out.write(json.dumps(values).encode() + b"\n")


if __name__ == "__main__":
    main()
