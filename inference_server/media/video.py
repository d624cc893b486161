"""Encoded clips to frames: MP4, 3GP, Matroska, WebM and FLV, by their bytes.

The work is done in a process of its own, with limits on memory and time: the libraries that do it
are large, and a file may be made to break them. Knows nothing of codecs itself.
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
from inference_server.media.decoded import Clip
from inference_server.media.frames import FrameChoice, FrameChoiceError, timestamp_s

_COMMAND = (sys.executable, "-m", "inference_server.media.video_process")


class Decoding:
    """The process of one clip, which any thread may end."""

    # Each side says what it did before it looks at what the other one did: one of them sees both.

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ended = False

    def begin(self, process: subprocess.Popen[bytes]) -> None:
        """Takes charge of the process; kills it at once where the end came first."""
        self._process = process
        if self._is_ended:
            process.kill()

    def end(self) -> None:
        """Kills the process if it runs. Harmless after its end, and before its start."""
        self._is_ended = True
        if self._process is not None:
            self._process.kill()


def decode_video(
    data: bytes, *, choice: FrameChoice, field: str, decoding: Decoding | None = None
) -> Clip:
    """The chosen frames of a clip, upright, and their times. Blocks until they are decoded, or
    until another thread ends the `decoding`, when it counts as a video that cannot be decoded.

    Raises InvalidArgument with the part of `field` at fault. Frames that cannot be decoded are
    left out, unless all are.
    """
    container = _container(data)
    if container is None:
        raise InvalidArgument(
            "The video is not an MP4, MKV, WebM, FLV or 3GP file.", field=f"{field}.data"
        )
    try:
        choice.check()
        request = dataclasses.asdict(choice) | {"container": container}
        clip = _decode(data, request, decoding or Decoding())
    except FrameChoiceError as error:
        raise InvalidArgument(str(error), field=f"{field}.{error.name}") from None
    if clip is None:
        raise InvalidArgument("The video cannot be decoded.", field=f"{field}.data")
    return clip


def _container(data: bytes) -> str | None:
    """The demuxer's name, for the few that are let in."""
    if data[4:8] == b"ftyp":
        return "mp4"
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    return "flv" if data.startswith(b"FLV\x01") else None


def _decode(data: bytes, request: dict[str, Any], decoding: Decoding) -> Clip | None:
    """What the process read; None where it broke down or found nothing."""
    # Nothing of this process's environment: it may hold keys.
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
        clip = _read_clip(process.stdout)
    return clip if process.returncode == 0 else None


def _read_clip(stdout: IO[bytes]) -> Clip | None:
    line = stdout.readline()
    if not line:
        return None
    header = json.loads(line)
    if "refused" in header:
        raise FrameChoiceError(header["refused"], header["name"])
    frames = np.empty((header["num_frames"], header["height"], header["width"], 3), dtype=np.uint8)
    timestamps_s: list[float] = []
    for frame in frames:
        index = stdout.read(4)
        if stdout.readinto(frame.data.cast("B")) < frame.nbytes:  # pyright: ignore[reportAttributeAccessIssue]
            break
        timestamps_s.append(timestamp_s(int.from_bytes(index, "little"), header["fps"]))
    return Clip(frames=frames[: len(timestamps_s)], timestamps_s=tuple(timestamps_s))
