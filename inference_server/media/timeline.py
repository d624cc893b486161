"""When each frame of a video is shown: arithmetic on presentation times only."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

# A stated rate counts if it is this near to the true one, or as near as the clock can tell.
_SAME_RATE = 0.01

# A rate is not constant if a frame is farther than this from its place, however slow the video.
_MAX_SHIFT_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """times_s are counted from the first frame and ascend. A frame lasts until the next one.

    fps is the constant rate, None where the frames do not keep one. max_fps is the rate at which
    no frame is missed.
    """

    times_s: Sequence[float]
    duration_s: float
    fps: float | None
    max_fps: float

    @property
    def num_frames(self) -> int:
        return len(self.times_s)

    def told_s(self, index: int) -> float:
        """The time that the model is told for a frame.

        Of a constant rate, the one that the published code tells; otherwise the true one.
        """
        return self.times_s[index] if self.fps is None else timestamp_s(index, self.fps)

    def shown_at(self, time_s: float) -> int:
        """The frame that is shown at a time."""
        return max(bisect_right(self.times_s, time_s + 1e-9) - 1, 0)


def steady_timeline(num_frames: int, fps: float) -> Timeline:
    """Frames at a constant rate."""
    times_s = [index / fps for index in range(num_frames)]
    return Timeline(times_s=times_s, duration_s=num_frames / fps, fps=fps, max_fps=fps)


def measured_timeline(
    ticks: Sequence[int],
    time_base: Fraction,
    *,
    stated_fps: float | None = None,
    last_duration: int | None = None,
) -> Timeline:
    """The timeline of frames with these presentation times, ascending, in units of time_base.

    The stated rate is believed where the times keep it; otherwise the times decide.
    """
    num_frames, second = len(ticks), float(time_base)
    if num_frames == 1:
        lasts_s = (last_duration or 0) * second or 1.0
        return steady_timeline(1, stated_fps or 1 / lasts_s)
    times_s = [(tick - ticks[0]) * second for tick in ticks]
    fps = (num_frames - 1) / times_s[-1]
    if _is_steady(times_s, fps, tick_s=second):
        return steady_timeline(num_frames, _believed(stated_fps, fps, num_frames, tick_s=second))
    gaps_s = np.diff(times_s)
    lasts_s = (last_duration or 0) * second or float(np.median(gaps_s))
    return Timeline(
        times_s=times_s,
        duration_s=times_s[-1] + lasts_s,
        fps=None,
        max_fps=1 / float(gaps_s.min()),
    )


def timestamp_s(index: int, fps: float) -> float:
    """The time of a frame at a constant rate. A frame lasts whole milliseconds, as in training.

    Frames of less than a millisecond, which that rule does not know, have their true times.
    """
    return index / fps if fps > 1000 else index * int(1000 / fps) / 1000


def _is_steady(times_s: Sequence[float], fps: float, *, tick_s: float) -> bool:
    """Whether every frame is near its place: by half a frame, or as near as the clock can tell."""
    places_s = np.arange(len(times_s)) / fps
    farthest_s = np.abs(np.asarray(times_s) - places_s).max()
    return bool(farthest_s <= min(max(0.5 / fps, tick_s), _MAX_SHIFT_S) * (1 + 1e-9))


def _believed(stated_fps: float | None, fps: float, num_frames: int, *, tick_s: float) -> float:
    if not stated_fps:
        return fps
    is_near = abs(stated_fps / fps - 1) <= _SAME_RATE
    moves_s = abs((num_frames - 1) / stated_fps - (num_frames - 1) / fps)
    return stated_fps if is_near or moves_s <= min(2 * tick_s, _MAX_SHIFT_S) else fps
