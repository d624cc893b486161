import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.media.frames import FrameChoice, FrameChoiceError, timestamp_s


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
    assert wish.indices(num_source_frames, source_fps) == expected


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        (choice(fps=10.1), "fps"),
        (choice(fps=1000.0), "fps"),
        (choice(num_frames=21), "num_frames"),
    ],
)
def test_an_explicit_wish_that_cannot_be_fulfilled_is_refused(wish: FrameChoice, name: str) -> None:
    with pytest.raises(FrameChoiceError) as caught:
        wish.indices(20, 10.0)
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
    indices = wish.indices(num_source_frames, source_fps)
    assert 1 <= len(indices) <= min(num_source_frames, num_frames, max_frames)
    assert indices == sorted(set(indices))
    assert indices == np.linspace(0, num_source_frames - 1, len(indices)).astype(int).tolist()


@given(st.integers(1, 10_000), st.floats(0.01, 1000))
def test_the_video_s_own_rate_takes_every_frame(num_source_frames: int, source_fps: float) -> None:
    wish = choice(fps=source_fps, max_frames=10_000)
    assert len(wish.indices(num_source_frames, source_fps)) == num_source_frames


def test_a_frame_lasts_whole_milliseconds() -> None:
    assert timestamp_s(60, 29.97) == 1.98
    assert timestamp_s(0, 29.97) == 0.0
    assert timestamp_s(3, 2.0) == 1.5
