"""Checks images and videos: counts, bytes and options. What is in the bytes shows in decoding."""

import math

from nemotron_vl.v1 import content_pb2, inference_pb2, model_pb2

from inference_server.errors import InvalidArgument
from inference_server.prompt.media_parts import media_parts
from inference_server.rpc.validation.frames import check_frames
from inference_server.rpc.validation.ranges import check_data, check_range, refuse_unsupported

# A caller may ask for as many tiles as the released model cuts: a model that cuts fewer cuts its
# own Limits.max_tiles then.
_MAX_TILES = 12


def check_media(generation: inference_pb2.Generation, model: model_pb2.Model) -> None:
    """Raises a ServerError that names the first field at fault."""
    num_by_kind = {"image": 0, "video": 0}
    max_by_kind = {"image": model.limits.max_images, "video": model.limits.max_videos}
    for path, part in media_parts(generation):
        kind = "image" if part.HasField("image") else "video"
        num_by_kind[kind] += 1
        if num_by_kind[kind] > max_by_kind[kind]:
            raise InvalidArgument(
                f"At most {max_by_kind[kind]} {kind}(s) may be provided in one prompt.", field=path
            )
        if kind == "image":
            _check_image(part.image, model.limits, f"{path}.image")
        else:
            _check_video(part.video, model, f"{path}.video")


def _check_image(image: content_pb2.Image, limits: model_pb2.Limits, path: str) -> None:
    check_data(image.data, limits.max_image_bytes, f"{path}.data")
    if image.HasField("max_tiles"):
        most = max(limits.max_tiles, _MAX_TILES)
        check_range(f"{path}.max_tiles", image.max_tiles, 1, most)


def _check_video(video: content_pb2.Video, model: model_pb2.Model, path: str) -> None:
    if not model.features.videos:
        refuse_unsupported(path)
    if video.HasField("frames"):
        check_frames(video, model.limits, path)
    else:
        check_data(video.data, model.limits.max_video_bytes, f"{path}.data")
    if video.HasField("fps") and not 0 < video.fps < math.inf:
        raise InvalidArgument(
            f"fps must be a positive number, got {video.fps:g}.", field=f"{path}.fps"
        )
    if video.HasField("num_frames") and not video.HasField("frames"):
        most = model.limits.max_video_frames
        check_range(f"{path}.num_frames", video.num_frames, 1, most)
    if not 0 <= video.pruning_rate < 1:
        raise InvalidArgument(
            f"pruning_rate must be at least 0 and below 1, got {video.pruning_rate:g}.",
            field=f"{path}.pruning_rate",
        )
