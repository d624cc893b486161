"""Decodes videos to frames.

A process of its own does the work, under limits on memory and time: its libraries are large, and a
file may be made to break them. This module knows nothing of codecs.
"""

import dataclasses
import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import IO, Any

import numpy as np

from inference_server.errors import InvalidArgument
from inference_server.media.container import demuxer
from inference_server.media.decoded import DecodedVideo
from inference_server.media.frames import FrameChoice
from inference_server.media.refusal import VideoRefused

_COMMAND = (sys.executable, "-m", "inference_server.media.video_process")


class Decoding:
    """The process that decodes one video. Any thread may end it."""

    # begin() and end() may run at once. Each writes its own attribute before it reads the other's,
    # so at least one of them sees both and kills the process.

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ended = False

    def begin(self, process: subprocess.Popen[bytes]) -> None:
        """Takes charge of the process; kills it at once if end() came first."""
        self._process = process
        if self._is_ended:
            process.kill()

    def end(self) -> None:
        """Kills the process if it runs. Harmless before its start and after its end."""
        self._is_ended = True
        if self._process is not None:
            self._process.kill()


def decode_video(
    data: bytes, *, choice: FrameChoice, field: str, decoding: Decoding | None = None
) -> DecodedVideo:
    """Decodes the chosen frames of a video, upright. Blocks until they are decoded, or until
    another thread ends the `decoding`, which counts as a video that cannot be decoded.

    Frames that cannot be decoded are left out. Raises InvalidArgument, naming the part of `field`
    at fault, if the file is no video, no frame can be decoded, or `choice` asks for too much.
    """
    try:
        request = dataclasses.asdict(choice) | {"container": demuxer(data)}
        video = _decode(data, request, decoding or Decoding())
    except VideoRefused as error:
        raise InvalidArgument(str(error), field=f"{field}.{error.name}") from None
    if video is None:
        raise InvalidArgument(
            "The video cannot be decoded: the file is broken, cut off or too large.",
            field=f"{field}.data",
        )
    return video


def _decode(data: bytes, request: dict[str, Any], decoding: Decoding) -> DecodedVideo | None:
    """The video that the process decoded; None if it failed or found no frame."""
    # The process does not inherit this one's environment, which may hold keys.
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        decoding.begin(process)
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.write(data)
        video = _read_video(process.stdout)
    return video if process.returncode == 0 else None


def _read_video(stdout: IO[bytes]) -> DecodedVideo | None:
    line = stdout.readline()
    if not line:
        return None
    header = json.loads(line)
    if "refused" in header:
        raise VideoRefused(header["refused"], header["name"])
    times_s = header["times_s"]
    frames = np.empty((len(times_s), header["height"], header["width"], 3), dtype=np.uint8)
    timestamps_s: list[float] = []
    for frame in frames:
        place = stdout.read(4)
        if stdout.readinto(frame.data.cast("B")) < frame.nbytes:  # pyright: ignore[reportAttributeAccessIssue]
            break
        timestamps_s.append(times_s[int.from_bytes(place, "little")])
    return DecodedVideo(frames=frames[: len(timestamps_s)], timestamps_s=tuple(timestamps_s))
