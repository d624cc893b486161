"""Builds the messages of a conversation. The only side effect is reading files given by path."""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path

from nemotron_vl.v1 import content_pb2


def user(*parts: str | content_pb2.Part) -> content_pb2.Message:
    """The caller's turn: texts, images and videos in reading order."""
    return _message(content_pb2.ROLE_USER, parts)


def system(text: str) -> content_pb2.Message:
    """Instructions to the model. Only a conversation's first message may be this."""
    return _message(content_pb2.ROLE_SYSTEM, [text])


def assistant(*parts: str, tool_calls: Iterable[content_pb2.ToolCall] = ()) -> content_pb2.Message:
    """An earlier answer of the model."""
    message = _message(content_pb2.ROLE_ASSISTANT, parts)
    message.tool_calls.extend(tool_calls)
    return message


def tool(*parts: str | content_pb2.Part, call_id: str) -> content_pb2.Message:
    """The result of the tool call with this id: texts and images in reading order."""
    message = _message(content_pb2.ROLE_TOOL, parts)
    message.tool_call_id = call_id
    return message


def image(source: str | PathLike[str] | bytes, *, max_tiles: int | None = None) -> content_pb2.Part:
    """A JPEG, PNG, WebP or GIF file, by its path or its bytes."""
    return content_pb2.Part(image=content_pb2.Image(data=_read(source), max_tiles=max_tiles))


def video(
    source: str | PathLike[str] | bytes,
    *,
    fps: float | None = None,
    num_frames: int | None = None,
    pruning_rate: float | None = None,
) -> content_pb2.Part:
    """A video file, by its path or its bytes, sampled at `fps` or in `num_frames` frames."""
    if fps is not None and num_frames is not None:
        raise ValueError("a video takes fps or num_frames, not both")
    message = content_pb2.Video(data=_read(source), pruning_rate=pruning_rate)
    if fps is not None:
        message.fps = fps
    if num_frames is not None:
        message.num_frames = num_frames
    return content_pb2.Part(video=message)


def video_frames(
    sources: Iterable[str | PathLike[str] | bytes],
    *,
    times_s: Iterable[float] | None = None,
    fps: float | None = None,
    pruning_rate: float | None = None,
) -> content_pb2.Part:
    """A video of frames that you have chosen: image files, by their paths or their bytes.

    `times_s` says when each is shown, or `fps` how many a second of the video were taken; without
    both they are a second apart.
    """
    if fps is not None and times_s is not None:
        raise ValueError("frames take times_s or fps, not both")
    frames = [content_pb2.Frame(data=_read(source)) for source in sources]
    for frame, time_s in zip(frames, times_s, strict=True) if times_s is not None else ():
        frame.time.FromNanoseconds(round(time_s * 10**9))
    message = content_pb2.Video(frames=content_pb2.Frames(frames=frames), pruning_rate=pruning_rate)
    if fps is not None:
        message.fps = fps
    return content_pb2.Part(video=message)


def _message(
    role: content_pb2.Role.ValueType, parts: Iterable[str | content_pb2.Part]
) -> content_pb2.Message:
    return content_pb2.Message(
        role=role,
        parts=[content_pb2.Part(text=part) if isinstance(part, str) else part for part in parts],
    )


def _read(source: str | PathLike[str] | bytes) -> bytes:
    return source if isinstance(source, bytes) else Path(source).read_bytes()
