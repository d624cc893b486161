"""Chooses the frames of a video: arithmetic on counts and times only."""

import math
from dataclasses import dataclass

import numpy as np

from inference_server.media.refusal import VideoRefused
from inference_server.media.timeline import Timeline


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

    def indices(self, timeline: Timeline) -> list[int]:
        """The frames to take, in order. Raises VideoRefused if the video has too few."""
        if self.is_explicit:
            self._check_against(timeline)
        count = max(self._count(timeline), 1)
        if timeline.fps is not None:
            # The published sampler truncates and does not round.
            return np.linspace(0, timeline.num_frames - 1, count).astype(int).tolist()
        times_s = np.linspace(0, timeline.times_s[-1], count)
        indices = [timeline.shown_at(time_s) for time_s in times_s]
        if self.is_explicit and self.num_frames is not None:
            return _distinct(indices, timeline.num_frames)
        # A frame that is shown for long is taken once.
        return sorted(set(indices))

    def _count(self, timeline: Timeline) -> int:
        most = self.max_frames
        if self.num_frames is not None:
            most = min(most, self.num_frames)
        if self.fps is None:
            return min(most, timeline.num_frames)
        # A hair more, so that the video's own rate takes all of its frames.
        wanted = math.floor(timeline.duration_s * self.fps + 1e-6)
        # Without a constant rate, several of these times may show one frame.
        return min(most, wanted) if timeline.fps is None else min(most, wanted, timeline.num_frames)

    def _check_against(self, timeline: Timeline) -> None:
        if self.num_frames is not None and self.num_frames > timeline.num_frames:
            raise VideoRefused(
                f"num_frames is {self.num_frames}, but the video has {timeline.num_frames} frames.",
                "num_frames",
            )
        # A caller that asks for 30 frames a second of a video of 29.97 means all frames.
        if self.fps is not None and self.fps > timeline.max_fps * 1.002:
            raise VideoRefused(
                f"fps is {self.fps:g}, but the video has {timeline.max_fps:g} frames a second.",
                "fps",
            )


def _distinct(indices: list[int], num_frames: int) -> list[int]:
    """As many different frames, each as near to its own place as the others leave room."""
    lowest = -1
    for place, index in enumerate(indices):
        last_with_room = num_frames - (len(indices) - place)
        lowest = indices[place] = min(max(index, lowest + 1), last_with_room)
    return indices
