import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inference_server.errors import InvalidArgument
from inference_server.media.given_frames import decode_frames, frame_sizes, steady_times_s

SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40))


def file(size: tuple[int, int], gray: int = 100, kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, (gray, gray, gray)).save(data, kind)
    return data.getvalue()


@settings(max_examples=30)
@given(sizes=st.lists(SIZES, min_size=1, max_size=6))
def test_every_frame_is_shown_in_order_in_the_size_of_the_first(
    sizes: list[tuple[int, int]],
) -> None:
    files = [file(size, 10 * index) for index, size in enumerate(sizes)]
    times = steady_times_s(len(files), 1)
    assert frame_sizes(files, max_pixels=1600, field="here") == sizes
    video = decode_frames(files, times, max_pixels=1600, field="here")
    width, height = sizes[0]
    assert video.frames.shape == (len(sizes), height, width, 3)
    assert [int(frame[0, 0, 0]) for frame in video.frames] == [10 * i for i in range(len(sizes))]
    assert video.timestamps_s == tuple(range(len(sizes)))


def test_each_format_of_an_image_is_a_frame() -> None:
    files = [file((8, 8), kind=kind) for kind in ("JPEG", "PNG", "WEBP")]
    video = decode_frames(files, (0, 1, 2), max_pixels=64, field="here")
    assert np.ptp(video.frames.astype(int)) <= 4


@pytest.mark.parametrize("bad", [b"nothing", file((9, 8))])
def test_a_frame_that_cannot_be_taken_is_named(bad: bytes) -> None:
    with pytest.raises(InvalidArgument) as caught:
        decode_frames([file((8, 8)), bad], (0, 1), max_pixels=64, field="here")
    assert caught.value.field == "here[1].data"
    with pytest.raises(InvalidArgument) as caught:
        frame_sizes([file((8, 8)), bad], max_pixels=64, field="here")
    assert caught.value.field == "here[1].data"


@pytest.mark.parametrize(
    ("fps", "times"),
    [
        (1, (0, 1, 2)),
        (2, (0, 0.5, 1)),
        (30, (0, 0.033, 0.066)),
        (0.5, (0, 2, 4)),
        (2000, (0, 0.0005, 0.001)),
        (1 / 86400, (0, 86400, 172800)),
    ],
)
def test_times_by_a_stated_rate_are_those_of_a_file(fps: float, times: tuple[float, ...]) -> None:
    assert steady_times_s(3, fps) == pytest.approx(times)
