import sys
from collections.abc import Callable

import numpy as np
import pytest

from inference_server.errors import InvalidArgument, PayloadTooLarge, ServerError
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


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("avi", "an AVI video"),
        ("mpegts", "an MPEG transport stream"),
        ("ogg", "an Ogg file"),
        ("gif", "a GIF file"),
        ("asf", "a Windows Media file"),
        ("mpeg", "an MPEG program stream"),
        ("txt", "in no container that is known"),
    ],
)
def test_other_containers_are_refused_by_name(
    encode_video: EncodeVideo, kind: str, name: str
) -> None:
    beginnings = {"gif": b"GIF89a", "ogg": b"OggS", "txt": b"hello"}
    codec = "mpeg2video" if kind == "mpeg" else "mpeg4"
    data = beginnings[kind] + bytes(99) if kind in beginnings else encode_video(kind, codec, fps=25)
    with pytest.raises(InvalidArgument) as caught:
        decode_video(data, choice=DEFAULT, field=FIELD)
    assert name in str(caught.value)
    assert "MP4, QuickTime, MKV, WebM, FLV and 3GP" in str(caught.value)
    assert caught.value.field == f"{FIELD}.data"


def test_a_codec_that_is_not_accepted_is_named(encode_video: EncodeVideo) -> None:
    with pytest.raises(InvalidArgument, match=r"codec is ffv1, in an MKV.* accepted are H\.264"):
        decode_video(encode_video("matroska", "ffv1"), choice=DEFAULT, field=FIELD)


def boxes(data: bytes) -> list[bytes]:
    """The outermost boxes of an MP4 file."""
    found: list[bytes] = []
    while data:
        size = int.from_bytes(data[:4], "big")
        found.append(data[:size])
        data = data[size:]
    return found


@pytest.mark.parametrize("first", [b"", b"wide", b"free", b"skip"])
@pytest.mark.parametrize("kind", ["mov", "mp4"])
def test_files_without_a_leading_type_are_read(
    encode_video: EncodeVideo, kind: str, first: bytes
) -> None:
    """As old cameras write them. Offsets stay right, since the type's box keeps its place."""
    data = encode_video(kind)
    ftyp = boxes(data)[0]
    assert ftyp[4:8] == b"ftyp"
    other = first or b"free"
    data = ftyp[:4] + other + ftyp[8:] + data[len(ftyp) :]
    assert len(decode_video(data, choice=DEFAULT, field=FIELD).timestamps_s) == 8


FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"


def test_a_movie_box_may_come_first(encode_video: EncodeVideo) -> None:
    _, *others = boxes(encode_video("mov", movflags=FRAGMENTED))
    assert others[0][4:8] == b"moov"
    assert len(decode_video(b"".join(others), choice=DEFAULT, field=FIELD).timestamps_s) == 8


@pytest.mark.parametrize("first", [b"uuid", b"junk", b"pict", b"prfl", b"udta", b"emsg"])
def test_a_box_of_an_editor_or_a_stream_may_come_first(
    encode_video: EncodeVideo, first: bytes
) -> None:
    box = (40).to_bytes(4, "big") + first + bytes(range(32))
    data = b"".join([box, *boxes(encode_video(movflags=FRAGMENTED))[1:]])
    assert len(decode_video(data, choice=DEFAULT, field=FIELD).timestamps_s) == 8


def test_segments_of_a_stream_are_read(encode_video: EncodeVideo) -> None:
    data = encode_video("mp4").replace(b"ftyp", b"styp", 1)
    assert len(decode_video(data, choice=DEFAULT, field=FIELD).timestamps_s) == 8


def test_files_that_cannot_be_decoded_are_refused_without_details(
    encode_video: EncodeVideo,
) -> None:
    data = encode_video()
    for broken in (b"", data[: len(data) // 2], data[:40], b"FLV\x01" + bytes(1000)):
        with pytest.raises(
            InvalidArgument, match=r"^The video (is in no|cannot be decoded)"
        ) as caught:
            decode_video(broken, choice=DEFAULT, field=FIELD)
        assert caught.value.field == f"{FIELD}.data"


READY = "import os, signal, sys; sys.stdout.write('ready\\n'); sys.stdout.flush(); "


@pytest.mark.parametrize(
    "program", [READY + "os.abort()", READY + "sys.stdin.buffer.read()", READY + "exit(1)"]
)
def test_a_file_that_breaks_its_process_is_refused(
    encode_video: EncodeVideo, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(video, "_COMMAND", (sys.executable, "-c", program))
    with pytest.raises(InvalidArgument, match="cannot be decoded"):
        decode_video(encode_video() + bytes(1_000_000), choice=DEFAULT, field=FIELD)


@pytest.mark.parametrize(
    "end", ["os.kill(os.getpid(), signal.SIGXCPU)", "os.kill(os.getpid(), signal.SIGALRM)"]
)
def test_a_file_that_takes_too_much_is_refused(
    encode_video: EncodeVideo, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(video, "_COMMAND", (sys.executable, "-c", READY + end))
    with pytest.raises(InvalidArgument, match="more memory or time than a video may take"):
        decode_video(encode_video(), choice=DEFAULT, field=FIELD)


@pytest.mark.parametrize(
    "command",
    [
        (sys.executable, "-c", "import nothing_of_this_name"),
        (sys.executable, "-c", "raise MemoryError"),
        (sys.executable, "-c", "import os; os.abort()"),
        (sys.executable, "-c", READY + "os.kill(os.getpid(), signal.SIGKILL)"),
        (sys.executable, "-c", READY + "exit(70)"),
        ("/no/such/python",),
    ],
)
def test_a_process_that_fails_by_itself_is_logged_and_is_no_fault_of_the_caller(
    encode_video: EncodeVideo,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    command: tuple[str, ...],
) -> None:
    monkeypatch.setattr(video, "_COMMAND", command)
    with pytest.raises(ServerError, match="process for it has failed") as caught:
        decode_video(encode_video() + bytes(1_000_000), choice=DEFAULT, field=FIELD)
    assert caught.value.code == "INTERNAL"
    assert not isinstance(caught.value, InvalidArgument)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    if "nothing_of_this_name" in command[-1]:
        assert "No module named" in record.message


def test_a_machine_with_too_little_memory_for_the_process_is_no_fault_of_the_caller(
    encode_video: EncodeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = "import resource as r, sys, os; r.setrlimit(r.RLIMIT_AS, (2**30, 2**30)); "
    run = f"os.execv(sys.executable, {list(video._COMMAND)!r})"
    monkeypatch.setattr(video, "_COMMAND", (sys.executable, "-c", limit + run))
    with pytest.raises(ServerError, match="process for it has failed"):
        decode_video(encode_video(), choice=DEFAULT, field=FIELD)


def test_a_file_that_needs_more_memory_than_the_process_may_have_is_refused(
    encode_video: EncodeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = (
        "from inference_server.media import video_process as process; "
        "process._serve = lambda: bytearray(2**33); process.main()"
    )
    monkeypatch.setattr(video, "_COMMAND", (sys.executable, "-c", run))
    with pytest.raises(InvalidArgument, match="more memory or time"):
        decode_video(encode_video(), choice=DEFAULT, field=FIELD)


def test_a_process_that_dies_midway_gives_nothing(
    encode_video: EncodeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = READY + (
        "sys.stdin.buffer.read()\n"
        'print(\'{"height": 1, "width": 1, "times_s": [0, 1]}\', flush=True)\n'
        "sys.stdout.buffer.write(bytes(7)); sys.stdout.flush(); sys.exit(1)"
    )
    monkeypatch.setattr(video, "_COMMAND", (sys.executable, "-c", program))
    with pytest.raises(InvalidArgument, match="cannot be decoded"):
        decode_video(encode_video(), choice=DEFAULT, field=FIELD)


def test_pixels_are_counted_before_there_is_memory_for_them(encode_video: EncodeVideo) -> None:
    def take(num_pixels: int) -> None:
        raise PayloadTooLarge(f"{num_pixels}")

    with pytest.raises(PayloadTooLarge, match=str(8 * 48 * 64)):
        decode_video(encode_video(), choice=DEFAULT, field=FIELD, take=take)


def test_large_frames_are_halved_until_all_of_them_fit(encode_video: EncodeVideo) -> None:
    data = encode_video("mp4", "mpeg4", num_frames=9, size=(3872, 3872))
    decoded = decode_video(data, choice=explicit(num_frames=9), field=FIELD)
    assert decoded.frames.shape == (9, 1936, 1936, 3)
