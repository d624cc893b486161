"""Presentation times decide; a constant rate is known through any container's clock."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inference_server.media.frames import FrameChoice
from inference_server.media.timeline import measured_timeline, steady_timeline, timestamp_s

RATES = [Fraction(n) for n in (1, 5, 10, 12, 15, 24, 25, 30, 48, 50, 60, 120, 240)]
RATES += [Fraction(1000 * n, 1001) for n in (24, 30, 60)]
# MKV and FLV count milliseconds, MP4 whatever its writer likes, MPEG 90 kHz.
CLOCKS = [Fraction(1, n) for n in (1000, 600, 12800, 15360, 90_000, 1_000_000)]


def ticks_of(rate: Fraction, clock: Fraction, num_frames: int, start: int = 0) -> list[int]:
    return [start + round(index / rate / clock) for index in range(num_frames)]


@given(
    rate=st.sampled_from(RATES),
    clock=st.sampled_from(CLOCKS),
    num_frames=st.integers(1, 3000),
    start=st.integers(0, 100_000),
    wanted=st.sampled_from([0.5, 1.0, 2.0, 4.0, 30.0]),
)
def test_a_constant_rate_is_sampled_and_told_as_it_is_stated(
    rate: Fraction, clock: Fraction, num_frames: int, start: int, wanted: float
) -> None:
    """The clock's rounding changes neither the frames nor the times that the model is told."""
    measured = measured_timeline(
        ticks_of(rate, clock, num_frames, start), clock, stated_fps=float(rate)
    )
    stated = steady_timeline(num_frames, float(rate))
    choice = FrameChoice(fps=wanted, num_frames=None, max_frames=128, is_explicit=False)

    indices = choice.indices(measured)

    assert indices == choice.indices(stated)
    assert [measured.told_s(i) for i in indices] == [timestamp_s(i, float(rate)) for i in indices]


@given(
    rate=st.sampled_from(RATES),
    clock=st.sampled_from(CLOCKS),
    num_frames=st.integers(10, 500),
    stated_fps=st.sampled_from([None, 1000.0, 2.0, 600.0]),
)
def test_a_stated_rate_that_is_not_the_true_one_is_not_believed(
    rate: Fraction, clock: Fraction, num_frames: int, stated_fps: float | None
) -> None:
    assume(stated_fps is None or not 0.5 < stated_fps / rate < 2)
    ticks = ticks_of(rate, clock, num_frames)
    timeline = measured_timeline(ticks, clock, stated_fps=stated_fps)
    assert timeline.fps == pytest.approx(float(rate), rel=0.05)
    assert timeline.duration_s == pytest.approx(float(num_frames / rate), rel=0.05)


def test_a_slide_show_lasts_as_long_as_its_images() -> None:
    timeline = measured_timeline([0, 10_000, 20_000, 30_000], Fraction(1, 1000), stated_fps=30.0)
    assert timeline.duration_s == 40.0
    assert [timeline.told_s(index) for index in range(4)] == [0.0, 10.0, 20.0, 30.0]


@pytest.mark.parametrize("clock", [1, 2, 1000, 12_800])
@pytest.mark.parametrize("stated_fps", [None, 0.25, 30.0])
@pytest.mark.parametrize(
    "times_s", [[0, 3, 10, 12], [0, 1, 3, 4], [0, 9, 20], [0, 1, 2, 4, 5], [0, 2]]
)
def test_a_slow_slide_show_is_told_as_it_is_shown(
    times_s: list[int], stated_fps: float | None, clock: int
) -> None:
    """Half a frame is long there, and a coarse clock excuses nothing that can be seen."""
    ticks = [time_s * clock for time_s in times_s]
    timeline = measured_timeline(ticks, Fraction(1, clock), stated_fps=stated_fps)
    told = [timeline.told_s(index) for index in range(len(times_s))]
    assert told == pytest.approx(times_s, abs=0.05)


def test_the_last_frame_lasts_as_long_as_its_packet_says() -> None:
    ticks = [0, 1000, 1500, 9000]
    assert measured_timeline(ticks, Fraction(1, 1000), last_duration=500).duration_s == 9.5
    assert measured_timeline(ticks, Fraction(1, 1000)).duration_s == 10.0


def test_times_of_a_variable_rate_are_the_true_ones_from_the_first_frame() -> None:
    timeline = measured_timeline([5000, 5100, 7000, 12_345], Fraction(1, 1000), stated_fps=30.0)
    assert [timeline.told_s(index) for index in range(4)] == pytest.approx([0, 0.1, 2, 7.345])


def test_a_frame_lasts_whole_milliseconds() -> None:
    assert timestamp_s(60, 29.97) == 1.98
    assert timestamp_s(0, 29.97) == 0.0
    assert timestamp_s(3, 2.0) == 1.5


@pytest.mark.parametrize("fps", [1001.0, 2000.0, 90_000.0])
def test_frames_shorter_than_a_millisecond_have_their_true_times(fps: float) -> None:
    assert timestamp_s(3000, fps) == 3000 / fps
