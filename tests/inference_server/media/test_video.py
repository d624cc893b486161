import sys
from collections.abc import Callable

import numpy as np
import pytest

from inference_server.errors import InvalidArgument
from inference_server.media import video
from inference_server.media.frames import FrameChoice
from inference_server.media.video import decode_video

EncodeVideo = Callable[..., bytes]

FIELD = "messages[0].parts[0].video"
DEFAULT = FrameChoice(fps=4.0, num_frames=None, max_frames=128, is_explicit=False)


def explicit(*, fps: float | None = None, num_frames: int | None = None) -> FrameChoice:
    return FrameChoice(fps=fps, num_frames=num_frames, max_frames=128, is_explicit=True)


def test_a_video_is_decoded_in_a_process_of_its_own(encode_video: EncodeVideo) -> None:
    decoded = decode_video(encode_video(), choice=DEFAULT, field=FIELD)
    assert decoded.frames.shape == (8, 48, 64, 3)
    assert decoded.frames.flags.writeable
    indices = [0, 2, 5, 8, 10, 13, 16, 19]
    assert decoded.timestamps_s == tuple(index / 10 for index in indices)
    grays = decoded.frames.mean(axis=(1, 2, 3))
    assert np.abs(grays - np.array([255 * index // 20 for index in indices])).max() < 4


def test_the_caller_s_wish_is_followed(encode_video: EncodeVideo) -> None:
    decoded = decode_video(encode_video(), choice=explicit(num_frames=3), field=FIELD)
    assert decoded.timestamps_s == (0.0, 0.9, 1.9)


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        (explicit(fps=11.0), "fps"),
        (explicit(num_frames=21), "num_frames"),
    ],
)
def test_a_wish_beyond_the_video_names_its_field(
    encode_video: EncodeVideo, choice: FrameChoice, name: str
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        decode_video(encode_video(), choice=choice, field=FIELD)
    assert caught.value.field == f"{FIELD}.{name}"


@pytest.mark.parametrize("kind", ["avi", "mpegts", "gif"])
def test_other_containers_are_refused(encode_video: EncodeVideo, kind: str) -> None:
    data = b"GIF89a" + bytes(100) if kind == "gif" else encode_video(kind, "mpeg4")
    with pytest.raises(InvalidArgument, match="not an MP4, MKV, WebM, FLV or 3GP") as caught:
        decode_video(data, choice=DEFAULT, field=FIELD)
    assert caught.value.field == f"{FIELD}.data"


def test_files_that_cannot_be_decoded_are_refused_without_details(
    encode_video: EncodeVideo,
) -> None:
    data = encode_video()
    for broken in (b"", data[: len(data) // 2], data[:40], b"FLV\x01" + bytes(1000)):
        with pytest.raises(
            InvalidArgument, match=r"^The video (is not|cannot be decoded)"
        ) as caught:
            decode_video(broken, choice=DEFAULT, field=FIELD)
        assert caught.value.field == f"{FIELD}.data"


@pytest.mark.parametrize(
    "program", ["import os; os.abort()", "import sys; sys.stdin.read()", "exit(1)"]
)
def test_a_process_that_breaks_down_refuses_only_its_own_video(
    encode_video: EncodeVideo, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(video, "_COMMAND", (sys.executable, "-c", program))
    with pytest.raises(InvalidArgument, match="cannot be decoded"):
        decode_video(encode_video() + bytes(1_000_000), choice=DEFAULT, field=FIELD)


def test_a_process_that_dies_midway_gives_nothing(
    encode_video: EncodeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import sys; sys.stdin.buffer.read()\n"
        'print(\'{"height": 1, "width": 1, "num_frames": 2, "fps": 1.0}\', flush=True)\n'
        "sys.stdout.buffer.write(bytes(7)); sys.stdout.flush(); sys.exit(1)"
    )
    monkeypatch.setattr(video, "_COMMAND", (sys.executable, "-c", program))
    with pytest.raises(InvalidArgument, match="cannot be decoded"):
        decode_video(encode_video(), choice=DEFAULT, field=FIELD)


def test_large_frames_are_halved_until_all_of_them_fit(encode_video: EncodeVideo) -> None:
    data = encode_video("mp4", "mpeg4", num_frames=9, size=(3872, 3872))
    decoded = decode_video(data, choice=explicit(num_frames=9), field=FIELD)
    assert decoded.frames.shape == (9, 1936, 1936, 3)
