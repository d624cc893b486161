import io
import struct
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import pytest
from av.error import FFmpegError

from inference_server.media.video_reader import VideoInfo, VideoReader

EncodeVideo = Callable[..., bytes]

# Lossy coding of even gray comes back as nearly the same gray.
NEAR = 4

MATRIX_BY_TURN = {
    0: (1, 0, 0, 1),
    90: (0, -1, 1, 0),
    180: (-1, 0, 0, -1),
    270: (0, 1, -1, 0),
}


def read(reader: VideoReader, indices: list[int], *, shrink: int = 1) -> dict[int, np.ndarray]:
    return dict(reader.frames(indices, shrink=shrink))


@pytest.mark.parametrize(
    ("kind", "codec", "container"),
    [
        ("mp4", "libx264", "mp4"),
        ("mp4", "libx265", "mp4"),
        ("mp4", "mpeg4", "mp4"),
        ("3gp", "libx264", "mp4"),
        ("matroska", "libx264", "matroska"),
        ("webm", "libvpx", "matroska"),
        ("webm", "libvpx-vp9", "matroska"),
        ("flv", "libx264", "flv"),
        ("flv", "flv", "flv"),
    ],
)
def test_the_right_frames_come_from_every_container(
    encode_video: EncodeVideo, kind: str, codec: str, container: str
) -> None:
    data = encode_video(kind, codec)
    for indices in ([0, 19], [7], [4, 5, 6], list(range(20))):
        reader = VideoReader(data, container)
        assert reader.info == VideoInfo(num_frames=20, fps=10.0, width=64, height=48)
        frames = read(reader, indices)
        assert list(frames) == indices
        for index, pixels in frames.items():
            assert pixels.shape == (48, 64, 3)
            assert abs(float(pixels.mean()) - 255 * index // 20) < NEAR


def test_groups_without_a_chosen_frame_are_passed_over(
    encode_video: EncodeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encode_video(num_frames=50, gop=5)
    num_decoded = 0
    decode = VideoReader._try_decode

    def count(reader: VideoReader, packet: Any) -> list[Any]:
        nonlocal num_decoded
        frames = decode(reader, packet)
        num_decoded += len(frames)
        return frames

    monkeypatch.setattr(VideoReader, "_try_decode", count)
    assert list(read(VideoReader(data, "mp4"), [0, 49])) == [0, 49]
    assert num_decoded == 10


def test_frames_are_shrunk_by_averaging(encode_video: EncodeVideo) -> None:
    frames = read(VideoReader(encode_video(), "mp4"), [10], shrink=2)
    assert frames[10].shape == (24, 32, 3)
    assert abs(float(frames[10].mean()) - 127) < NEAR


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_frames_are_turned_upright(turn: int) -> None:
    """The file says how to turn an image whose left half is bright."""
    file = io.BytesIO()
    image = np.zeros((32, 64, 3), dtype=np.uint8)
    image[:, :32] = 255
    with av.open(file, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    data = file.getvalue()
    place = data.index(b"tkhd") + 44
    a, b, c, d = (value * 0x10000 for value in MATRIX_BY_TURN[turn])
    data = data[:place] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + data[place + 36 :]
    (pixels,) = read(VideoReader(data, "mp4"), [0]).values()
    expected = np.rot90(image, turn // 90)
    assert pixels.shape == expected.shape
    assert ((pixels > 128) == (expected > 128)).mean() > 0.9


def test_a_broken_frame_is_left_out(encode_video: EncodeVideo) -> None:
    data = bytearray(encode_video("webm", "libvpx", gop=1))
    with av.open(io.BytesIO(bytes(data)), "r", format="matroska") as container:
        packets = [bytes(packet) for packet in container.demux() if packet.size]
    place = data.index(packets[5])
    data[place : place + len(packets[5])] = b"\xff" * len(packets[5])
    frames = read(VideoReader(bytes(data), "matroska"), list(range(20)))
    assert list(frames) == [index for index in range(20) if index != 5]


def test_a_video_of_one_frame(encode_video: EncodeVideo) -> None:
    reader = VideoReader(encode_video(num_frames=1), "mp4")
    assert reader.info.num_frames == 1
    assert list(read(reader, [0])) == [0]


def test_a_codec_that_is_not_on_the_list_is_refused(encode_video: EncodeVideo) -> None:
    data = encode_video("matroska", "ffv1")
    with pytest.raises((ValueError, FFmpegError)):
        VideoReader(data, "matroska")


def test_a_file_without_a_video_is_refused() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000)
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 4096), dtype=np.float32), format="fltp", layout="mono"
        )
        silence.sample_rate = 48000
        container.mux(stream.encode(silence))
        container.mux(stream.encode())
    with pytest.raises(ValueError, match="no video"):
        VideoReader(file.getvalue(), "mp4")
