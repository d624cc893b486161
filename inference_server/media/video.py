"""Decodes videos to frames.

A process of its own does the work, under limits on memory and time: its libraries are large, and a
file may be made to break them. This module knows nothing of codecs.
"""

import dataclasses
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

import numpy as np

from inference_server.errors import InvalidArgument, ServerError
from inference_server.media.container import demuxer
from inference_server.media.decoded import DecodedVideo
from inference_server.media.frames import FrameChoice
from inference_server.media.refusal import VideoRefused
from inference_server.media.video_answer import NEEDS_TOO_MUCH, READY, SERVER_FAULT
from inference_server.media.work import GivenUp

logger = logging.getLogger(__name__)

_COMMAND = (sys.executable, "-m", "inference_server.media.video_process")
_MAX_LOGGED_BYTES = 2000

# What a process ends with that the file has kept busy for too long, and that something other than
# its own limits or the file has ended, such as the system when memory is short.
_TOO_MUCH = frozenset({NEEDS_TOO_MUCH, -signal.SIGXCPU, -signal.SIGALRM})
_SERVER_FAULTS = frozenset(
    {SERVER_FAULT, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP}
)


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

    def check(self) -> None:
        """Raises GivenUp after the end."""
        if self._is_ended:
            raise GivenUp


def decode_video(
    data: bytes,
    *,
    choice: FrameChoice,
    field: str,
    decoding: Decoding | None = None,
    take: Callable[[int], None] = lambda _: None,
) -> DecodedVideo:
    """Decodes the chosen frames of a video, upright. Blocks until they are decoded. `take` counts
    their pixels before there is memory for them.

    Frames that cannot be decoded are left out. Raises InvalidArgument, naming the part of `field`
    at fault, if the file is no video, no frame can be decoded, or `choice` asks for too much;
    GivenUp if another thread ends the `decoding`; ServerError if the process fails for reasons
    that are not the file's.
    """
    decoding = decoding or Decoding()
    try:
        request = dataclasses.asdict(choice) | {"container": demuxer(data)}
        return _decode(data, request, decoding, take)
    except VideoRefused as error:
        raise InvalidArgument(str(error), field=f"{field}.{error.name}") from None
    except OSError:
        logger.exception("the process for a video cannot be started or reached")
        raise _failure(field) from None
    except _ProcessFailed as error:
        logger.error("the process for a video failed: %s", error)
        raise _failure(field) from None


class _ProcessFailed(Exception):
    """The process ended for a reason that is not the file's."""


def _failure(field: str) -> ServerError:
    text = "The video cannot be decoded now: the process for it has failed."
    return ServerError(text, field=f"{field}.data")


def _decode(
    data: bytes, request: dict[str, Any], decoding: Decoding, take: Callable[[int], None]
) -> DecodedVideo:
    # The process does not inherit this one's environment, which may hold keys.
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    decoding.check()
    with subprocess.Popen(
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        decoding.begin(process)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        with suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.write(data)
        is_ready = process.stdout.readline() == READY
        video = _read_video(process.stdout, take) if is_ready else None
        errors = process.stderr.read()[-_MAX_LOGGED_BYTES:].decode(errors="replace")
    decoding.check()
    if is_ready and process.returncode in _TOO_MUCH:
        raise VideoRefused("The video needs more memory or time than a video may take.")
    if not is_ready or process.returncode in _SERVER_FAULTS:
        raise _ProcessFailed(f"it ended with {process.returncode} and said {errors!r}")
    if video is None or process.returncode:
        raise VideoRefused("The video cannot be decoded: the file is broken, cut off or too large.")
    return video


def _read_video(stdout: IO[bytes], take: Callable[[int], None]) -> DecodedVideo | None:
    """The frames that the process writes; None if there are none."""
    line = stdout.readline()
    if not line.endswith(b"\n"):
        return None
    header = json.loads(line)
    if "refused" in header:
        raise VideoRefused(header["refused"], header["name"])
    times_s = header["times_s"]
    take(len(times_s) * header["height"] * header["width"])
    frames = np.empty((len(times_s), header["height"], header["width"], 3), dtype=np.uint8)
    timestamps_s: list[float] = []
    for frame in frames:
        place = stdout.read(4)
        if stdout.readinto(frame.data.cast("B")) < frame.nbytes:  # pyright: ignore[reportAttributeAccessIssue]
            break
        timestamps_s.append(times_s[int.from_bytes(place, "little")])
    return DecodedVideo(frames=frames[: len(timestamps_s)], timestamps_s=tuple(timestamps_s))
