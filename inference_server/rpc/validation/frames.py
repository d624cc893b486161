"""Checks a video given as frames: their bytes and times."""

from collections.abc import Sequence

from nemotron_vl.v1 import content_pb2, model_pb2

from inference_server.errors import InvalidArgument, PayloadTooLarge
from inference_server.rpc.validation.ranges import check_data

# A frame lasts a day at most, so that its times stay numbers that the model can read.
_LEAST_FPS = 1 / 86400
_MOST_SECONDS = 366 * 86400
_NANOS = 10**9

_Frames = Sequence[content_pb2.Frame]


def check_frames(video: content_pb2.Video, limits: model_pb2.Limits, path: str) -> None:
    """Raises a ServerError that names the first field at fault. `path` is the video's."""
    frames = video.frames.frames
    if not frames:
        raise InvalidArgument(
            "The video has no frames; at least 1 is required.", field=f"{path}.frames.frames"
        )
    if video.HasField("num_frames"):
        raise InvalidArgument(
            "num_frames chooses frames of a file; all frames of a list are shown, so leave it out "
            "or send fewer frames.",
            field=f"{path}.num_frames",
        )
    # A rate that is no positive number is refused for every video.
    if 0 < video.fps < _LEAST_FPS:
        raise InvalidArgument(
            f"fps must be at least 1/86400, got {video.fps:g}; give each frame a time instead.",
            field=f"{path}.fps",
        )
    _check_bytes(frames, limits, f"{path}.frames.frames")
    _check_times(frames, f"{path}.frames.frames")


def _check_bytes(frames: _Frames, limits: model_pb2.Limits, path: str) -> None:
    for index, frame in enumerate(frames):
        check_data(frame.data, limits.max_image_bytes, f"{path}[{index}].data")
    num_bytes = sum(len(frame.data) for frame in frames)
    if num_bytes > limits.max_video_bytes:
        raise PayloadTooLarge(
            f"The frames of the video have {num_bytes} bytes together; at most "
            f"{limits.max_video_bytes} are allowed.",
            field=path,
        )


def _check_times(frames: _Frames, path: str) -> None:
    has_times = frames[0].HasField("time")
    last = (0, 0)
    for index, frame in enumerate(frames):
        field = f"{path}[{index}].time"
        if frame.HasField("time") != has_times:
            raise InvalidArgument(
                "Either all frames of a video have a time or none has.", field=field
            )
        time = (frame.time.seconds, frame.time.nanos)
        if not (0 <= time[0] <= _MOST_SECONDS and 0 <= time[1] < _NANOS):
            raise InvalidArgument(
                f"The time must be from 0 to {_MOST_SECONDS} seconds.", field=field
            )
        if time < last:
            raise InvalidArgument(
                "The time must not be before that of the frame before.", field=field
            )
        last = time
