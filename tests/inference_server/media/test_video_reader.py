import io
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from inference_server.media.refusal import VideoRefused
from inference_server.media.video_reader import VideoReader

EncodeVideo = Callable[..., bytes]

# Lossy coding of even gray comes back as nearly the same gray.
NEAR = 4


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
        assert (reader.timeline.num_frames, reader.timeline.fps) == (20, 10.0)
        assert (reader.width, reader.height) == (64, 48)
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


# a, b, c, d of the display matrix, and what it does to an image.
TURNS: dict[tuple[int, int, int, int], Callable[[np.ndarray], np.ndarray]] = {
    (1, 0, 0, 1): lambda image: image,
    (0, 1, -1, 0): lambda image: np.rot90(image, -1),
    (-1, 0, 0, -1): lambda image: np.rot90(image, 2),
    (0, -1, 1, 0): np.rot90,
    (-1, 0, 0, 1): np.fliplr,
    (1, 0, 0, -1): np.flipud,
    (0, 1, 1, 0): lambda image: np.swapaxes(image, 0, 1),
    (0, -1, -1, 0): lambda image: np.flipud(np.rot90(image, -1)),
    (0, 0, 0, 0): lambda image: image,
}


def with_matrix(data: bytes, matrix: tuple[int, int, int, int]) -> bytes:
    place = data.index(b"tkhd") + 44
    a, b, c, d = (value * 0x10000 for value in matrix)
    return data[:place] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + data[place + 36 :]


def encoded(
    image: np.ndarray,
    kind: str = "mp4",
    codec: str = "libx264",
    *,
    num_frames: int = 1,
    **settings: Any,
) -> bytes:
    """A video that shows one image."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream(codec, rate=5)
        stream.height, stream.width, _ = image.shape
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for name, value in settings.items():
            setattr(stream, name, value)
        for _ in range(num_frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


def quarters() -> np.ndarray:
    """A wide image of four quarters, none like another however it is turned."""
    image = np.zeros((32, 64, 3), dtype=np.uint8)
    image[:16, :32], image[:16, 32:], image[16:, :32] = 255, 170, 85
    return image


@pytest.mark.parametrize("matrix", TURNS)
def test_frames_are_turned_and_mirrored_upright(matrix: tuple[int, int, int, int]) -> None:
    """As the display matrix of the file says; one that is unusable changes nothing."""
    data = with_matrix(encoded(quarters()), matrix)
    (pixels,) = read(VideoReader(data, "mp4"), [0]).values()
    expected = TURNS[matrix](quarters())
    assert pixels.shape == expected.shape
    assert (np.abs(pixels.astype(int) - expected) < 40).mean() > 0.9


def with_turn_in_key_frames(data: bytes) -> bytes:
    """The same H.264 with a message in each key frame: a quarter turn, until told otherwise."""
    file = io.BytesIO()
    with av.open(io.BytesIO(data), "r") as source, av.open(file, "w", format="mp4") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        description = "h264_metadata=rotate=90:display_orientation=insert"
        turn = av.BitStreamFilterContext(description, stream)
        for packet in source.demux(stream):
            for turned in turn.filter(packet if packet.size else None):
                turned.stream = copy
                target.mux(turned)
    return file.getvalue()


def test_a_turn_that_only_key_frames_tell_holds_for_all_frames() -> None:
    data = with_turn_in_key_frames(encoded(quarters(), num_frames=4))
    frames = read(VideoReader(data, "mp4"), [0, 1, 3])
    assert list(frames) == [0, 1, 3]
    for pixels in frames.values():
        assert pixels.shape == (64, 32, 3)
        assert (np.abs(pixels.astype(int) - np.rot90(quarters())) < 40).mean() > 0.9


@pytest.mark.parametrize(
    ("aspect", "size"),
    [((4, 1), (256, 48)), ((8, 9), (57, 48)), ((1, 1), (64, 48)), ((1000, 1), (64, 48))],
)
def test_pixels_that_are_not_square_are_shown_at_display_size(
    aspect: tuple[int, int], size: tuple[int, int]
) -> None:
    image = np.zeros((48, 64, 3), dtype=np.uint8)
    data = encoded(image, "matroska", sample_aspect_ratio=Fraction(*aspect))
    reader = VideoReader(data, "matroska")
    (pixels,) = read(reader, [0]).values()
    assert (reader.width, reader.height) == size
    assert pixels.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("kind", ["mp4", "mov", "matroska"])
def test_motion_jpeg_is_decoded(kind: str) -> None:
    demuxer = "matroska" if kind == "matroska" else "mp4"
    (pixels,) = read(VideoReader(encoded(quarters(), kind, "mjpeg"), demuxer), [0]).values()
    assert (np.abs(pixels.astype(int) - quarters()) < 40).mean() > 0.9


def timed(kind: str, times_ms: list[int], codec: str = "libx264") -> bytes:
    """A video whose frames are shown at these times, each a gray of its own."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number, time_ms in enumerate(times_ms):
            gray = np.full((48, 64, 3), 255 * number // len(times_ms), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(gray, format="rgb24")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "codec"),
    [
        ("mp4", "libx264"),
        ("mov", "mpeg4"),
        ("matroska", "libx264"),
        ("webm", "libvpx"),
        ("flv", "flv"),
        ("3gp", "libx264"),
    ],
)
@pytest.mark.parametrize(
    "times_ms",
    [
        [0, 10_000, 20_000, 30_000],
        [*range(0, 1000, 50), *range(2000, 30_000, 1000)],
        [2500, 2540, 4000, 9000, 9040],
    ],
    ids=["slides", "burst", "late start"],
)
def test_presentation_times_decide_in_every_container(
    kind: str, codec: str, times_ms: list[int]
) -> None:
    demuxer = {"matroska": "matroska", "webm": "matroska", "flv": "flv"}.get(kind, "mp4")
    reader = VideoReader(timed(kind, times_ms, codec), demuxer)
    timeline = reader.timeline
    told = [timeline.told_s(index) for index in range(timeline.num_frames)]
    assert told == pytest.approx([(time - times_ms[0]) / 1000 for time in times_ms], abs=0.002)
    indices = list(range(0, len(times_ms), 3))
    for index, pixels in read(reader, indices).items():
        assert abs(float(pixels.mean()) - 255 * index // len(times_ms)) < 2 * NEAR


def several_streams(kind: str, *streams: tuple[str, int, int, Disposition]) -> bytes:
    """A file of several video streams: codec, gray, number of frames and disposition of each."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        added: list[Any] = []
        for codec, _, _, disposition in streams:
            stream: Any = container.add_stream(codec, rate=5)
            stream.disposition = disposition
            stream.width, stream.height = 64, 48
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            added.append(stream)
        for stream, (_, gray, num_frames, _) in zip(added, streams, strict=True):
            image = np.full((48, 64, 3), gray, dtype=np.uint8)
            for _ in range(num_frames):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            container.mux(stream.encode())
    return file.getvalue()


PLAIN, DEFAULT, COVER = Disposition(0), Disposition.default, Disposition.attached_pic


@pytest.mark.parametrize(
    ("kind", "streams"),
    [
        ("mp4", [("mjpeg", 255, 1, COVER), ("libx264", 0, 1, PLAIN)]),
        ("mp4", [("mjpeg", 255, 1, PLAIN), ("libx264", 0, 5, DEFAULT)]),
        ("mov", [("mjpeg", 255, 1, DEFAULT), ("libx264", 0, 5, PLAIN)]),
        ("matroska", [("mjpeg", 255, 1, COVER), ("libx264", 0, 5, DEFAULT)]),
        ("matroska", [("mjpeg", 255, 1, DEFAULT), ("mjpeg", 0, 5, PLAIN)]),
        ("matroska", [("mjpeg", 255, 1, DEFAULT), ("libvpx-vp9", 0, 5, DEFAULT)]),
        ("matroska", [("libx264", 0, 5, PLAIN), ("mjpeg", 255, 1, DEFAULT)]),
        ("matroska", [("libx264", 255, 5, PLAIN), ("libx264", 0, 5, DEFAULT)]),
        ("matroska", [("libx264", 0, 5, DEFAULT), ("libx264", 255, 9, DEFAULT)]),
        ("matroska", [("libx264", 255, 1, PLAIN), ("mjpeg", 0, 1, DEFAULT)]),
    ],
)
def test_a_cover_is_passed_over_and_the_default_video_shown(
    kind: str, streams: list[tuple[str, int, int, Disposition]]
) -> None:
    """Black is the video of which players show the frames."""
    data = several_streams(kind, *streams)
    (pixels,) = read(VideoReader(data, "matroska" if kind == "matroska" else "mp4"), [0]).values()
    assert pixels.mean() < NEAR


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
    assert reader.timeline.num_frames == 1
    assert list(read(reader, [0])) == [0]


def test_a_codec_that_is_not_on_the_list_is_refused(encode_video: EncodeVideo) -> None:
    data = encode_video("matroska", "ffv1")
    with pytest.raises(VideoRefused, match=r"codec is ffv1, in an MKV or WebM.* H\.264, HEVC"):
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
    with pytest.raises(VideoRefused, match="no video: it has audio only"):
        VideoReader(file.getvalue(), "mp4")
