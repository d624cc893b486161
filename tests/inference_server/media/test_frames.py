from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.media.frames import FrameChoice
from inference_server.media.refusal import VideoRefused
from inference_server.media.timeline import measured_timeline, steady_timeline


def choice(
    *,
    fps: float | None = None,
    num_frames: int | None = None,
    max_frames: int = 128,
    is_explicit: bool = True,
) -> FrameChoice:
    return FrameChoice(
        fps=fps, num_frames=num_frames, max_frames=max_frames, is_explicit=is_explicit
    )


@pytest.mark.parametrize(
    ("wish", "num_source_frames", "source_fps", "expected"),
    [
        (choice(num_frames=4), 10, 5.0, [0, 3, 6, 9]),
        (choice(num_frames=10), 10, 5.0, list(range(10))),
        (choice(num_frames=1), 10, 5.0, [0]),
        (choice(fps=2.0), 20, 10.0, [0, 6, 12, 19]),
        (choice(fps=10.0), 20, 10.0, list(range(20))),
        (choice(fps=0.01), 20, 10.0, [0]),
        (choice(fps=30.0), 3, 30_000 / 1001, [0, 1, 2]),
        (choice(fps=4.0, is_explicit=False), 3, 1.0, [0, 1, 2]),
        (choice(num_frames=8, is_explicit=False), 3, 1.0, [0, 1, 2]),
        (choice(fps=1.0, num_frames=2, is_explicit=False), 50, 10.0, [0, 49]),
        (choice(fps=2.0, num_frames=50, is_explicit=False), 20, 10.0, [0, 6, 12, 19]),
        (choice(fps=4.0, max_frames=3, is_explicit=False), 1000, 10.0, [0, 499, 999]),
        (choice(fps=4.0, max_frames=3), 1000, 10.0, [0, 499, 999]),
    ],
)
def test_frames_are_spread_evenly(
    wish: FrameChoice, num_source_frames: int, source_fps: float, expected: list[int]
) -> None:
    assert wish.indices(steady_timeline(num_source_frames, source_fps)) == expected


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        (choice(fps=10.1), "fps"),
        (choice(fps=1000.0), "fps"),
        (choice(num_frames=21), "num_frames"),
    ],
)
def test_an_explicit_wish_that_cannot_be_fulfilled_is_refused(wish: FrameChoice, name: str) -> None:
    with pytest.raises(VideoRefused) as caught:
        wish.indices(steady_timeline(20, 10.0))
    assert caught.value.name == name


@given(
    st.integers(1, 10_000),
    st.floats(0.01, 1000),
    st.floats(0.01, 1000),
    st.integers(1, 500),
    st.integers(1, 500),
)
def test_a_default_takes_at_least_one_and_never_too_many(
    num_source_frames: int, source_fps: float, fps: float, num_frames: int, max_frames: int
) -> None:
    wish = choice(fps=fps, num_frames=num_frames, max_frames=max_frames, is_explicit=False)
    indices = wish.indices(steady_timeline(num_source_frames, source_fps))
    assert 1 <= len(indices) <= min(num_source_frames, num_frames, max_frames)
    assert indices == sorted(set(indices))
    assert indices == np.linspace(0, num_source_frames - 1, len(indices)).astype(int).tolist()


@given(st.integers(1, 10_000), st.floats(0.01, 1000))
def test_the_video_s_own_rate_takes_every_frame(num_source_frames: int, source_fps: float) -> None:
    wish = choice(fps=source_fps, max_frames=10_000)
    assert len(wish.indices(steady_timeline(num_source_frames, source_fps))) == num_source_frames


# 60 frames in the first second and one a second after it, as screen recorders write.
BURST = [round(index * 1000 / 60) for index in range(60)] + [
    1000 * second for second in range(1, 30)
]


def test_without_a_constant_rate_frames_are_spread_over_time() -> None:
    timeline = measured_timeline(BURST, Fraction(1, 1000), stated_fps=60.0)
    assert timeline.fps is None
    assert timeline.duration_s == pytest.approx(29 + 1 / 60, abs=0.01)

    indices = choice(fps=1.0, is_explicit=False).indices(timeline)

    times_s = [timeline.told_s(index) for index in indices]
    assert len(indices) == len(set(indices)) == 29
    assert times_s[0] == 0.0
    assert times_s[-1] == 29.0
    assert np.diff(times_s).max() <= 2.0


def test_of_a_rate_and_a_number_the_smaller_counts_at_any_times() -> None:
    timeline = measured_timeline(BURST, Fraction(1, 1000))
    wish = choice(fps=2.0, num_frames=8, is_explicit=False)
    indices = wish.indices(timeline)
    assert len(indices) == 8
    assert timeline.told_s(indices[-1]) == 29.0


def test_a_frame_that_is_shown_for_long_is_taken_once() -> None:
    timeline = measured_timeline([0, 400, 10_000, 10_400, 20_000], Fraction(1, 1000))
    assert choice(fps=4.0, is_explicit=False).indices(timeline) == [0, 1, 2, 3, 4]


@given(
    gaps=st.lists(st.integers(1, 10_000), min_size=1, max_size=40),
    data=st.data(),
)
def test_an_explicit_number_of_frames_is_given_at_any_times(
    gaps: list[int], data: st.DataObject
) -> None:
    ticks = np.cumsum([0, *gaps]).tolist()
    timeline = measured_timeline(ticks, Fraction(1, 1000))
    num_frames = data.draw(st.integers(1, len(ticks)))
    indices = choice(num_frames=num_frames).indices(timeline)
    assert len(indices) == num_frames
    assert indices == sorted(set(indices))
    assert 0 <= indices[0] <= indices[-1] < len(ticks)


def test_the_rate_that_may_be_asked_for_is_that_of_the_shortest_frames() -> None:
    timeline = measured_timeline(BURST, Fraction(1, 1000))
    assert choice(fps=58.0).indices(timeline)
    with pytest.raises(VideoRefused):
        choice(fps=70.0).indices(timeline)
