"""The options of a request's images and videos, which callers write in two places."""

from collections.abc import Iterator, Sequence
from typing import Any

from nemotron_vl.v1 import content_pb2

from http_gateway.chat.body import ChatBody
from http_gateway.errors import InvalidRequest
from http_gateway.translation.media_reference import MediaRef
from http_gateway.translation.param_map import ParamMap

# The names of a video's options: the contract's first, then others that callers write.
_FPS = ("fps",)
_NUM_FRAMES = ("num_frames",)
_PRUNING_RATE = ("pruning_rate", "video_pruning_rate")


def image_options(body: ChatBody) -> content_pb2.Image:
    """The options of all images."""
    options = body.mm_processor_kwargs
    return content_pb2.Image(max_tiles=options.max_num_tiles if options else None)


def video_options(body: ChatBody, params: ParamMap) -> content_pb2.Video:
    """The options of all videos. Raises InvalidRequest for contradictions."""
    given = {names[0]: _value(body, names) for names in (_FPS, _NUM_FRAMES, _PRUNING_RATE)}
    _check_one_way(given["fps"], given["num_frames"])
    video = content_pb2.Video()
    for name, found in given.items():
        if found:
            param, value = found
            setattr(video, name, value)
            params.choose(f"messages[].parts[].video.{name}", param)
    return video


def check_sampling(body: ChatBody, media: Sequence[MediaRef]) -> None:
    """Refuses that the frames of a file are not sampled; a caller's own frames never are."""
    has_file = any(isinstance(reference.target, content_pb2.Video) for reference in media)
    for param, value in _values(body, ("do_sample_frames",)):
        if has_file and not value:
            raise InvalidRequest(
                f"`{param}` may be false only for videos sent as frames. The frames of a file are "
                "always sampled; `fps` or `num_frames` says how.",
                param=param,
            )


def _check_one_way(fps: tuple[str, Any] | None, num_frames: tuple[str, Any] | None) -> None:
    if not fps or not num_frames:
        return
    place, other = fps[0].rpartition(".")[0], num_frames[0].rpartition(".")[0]
    raise InvalidRequest(
        f"`{fps[0]}` and `{num_frames[0]}` both say how frames are chosen: give one of them, and "
        "-1 or nothing for the other.",
        param=place if place == other else num_frames[0],
    )


def _value(body: ChatBody, names: Sequence[str]) -> tuple[str, Any] | None:
    """The parameter that gives an option, and its value."""
    first, *others = [*_values(body, names)] or [None]
    for other in others:
        if first and other and other[1] != first[1]:
            raise InvalidRequest(
                f"`{first[0]}` and `{other[0]}` differ: give one of them.", param=other[0]
            )
    return first


def _values(body: ChatBody, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Every parameter that gives an option, and its value."""
    places = {
        "mm_processor_kwargs": body.mm_processor_kwargs,
        "media_io_kwargs.video": body.media_io_kwargs and body.media_io_kwargs.video,
    }
    for place, options in places.items():
        for name in names:
            value = getattr(options, name, None)
            if value is not None:
                yield f"{place}.{name}", value
