"""Chooses the frames of a video: arithmetic on counts and rates only."""

import math
from dataclasses import dataclass

import numpy as np


class FrameChoiceError(ValueError):
    """The video cannot give the frames asked for; `name` is the field of the request at fault."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameChoice:
    """How many frames to take, evenly spread. If both values are set, the smaller count wins.

    A caller's explicit choice must be possible; a default is clamped to what the video has. Ranges
    have been checked before.
    """

    fps: float | None
    num_frames: int | None
    max_frames: int
    is_explicit: bool

    def indices(self, num_source_frames: int, source_fps: float) -> list[int]:
        """The frames to take, in order. Raises FrameChoiceError if the video has too few."""
        if self.is_explicit:
            self._check_against(num_source_frames, source_fps)
        count = min(num_source_frames, self.max_frames)
        if self.num_frames is not None:
            count = min(count, self.num_frames)
        if self.fps is not None:
            # A hair more, so that the video's own rate takes all of its frames.
            count = min(count, math.floor(num_source_frames / source_fps * self.fps + 1e-6))
        # The published sampler truncates and does not round.
        return np.linspace(0, num_source_frames - 1, max(count, 1)).astype(int).tolist()

    def _check_against(self, num_source_frames: int, source_fps: float) -> None:
        if self.num_frames is not None and self.num_frames > num_source_frames:
            raise FrameChoiceError(
                f"num_frames is {self.num_frames}, but the video has {num_source_frames} frames.",
                "num_frames",
            )
        # A caller that asks for 30 frames a second of a video of 29.97 means all frames.
        if self.fps is not None and self.fps > source_fps * 1.002:
            raise FrameChoiceError(
                f"fps is {self.fps:g}, but the video has {source_fps:g} frames a second.", "fps"
            )


def timestamp_s(index: int, source_fps: float) -> float:
    """The time at which a frame is shown. A frame lasts whole milliseconds, as in training."""
    return index * int(1000 / source_fps) / 1000
