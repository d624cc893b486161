"""Reads from headers what the images and videos of a request will become, before any is decoded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from nemotron_vl.v1 import content_pb2, inference_pb2

from inference_server.config import MediaConfig
from inference_server.media.decoded import Decoded
from inference_server.media.frames import FrameChoice
from inference_server.media.given_frames import decode_frames, frame_sizes, steady_times_s
from inference_server.media.image import decode_image, image_size
from inference_server.media.pixel_budget import PixelAllowance
from inference_server.media.video import Decoding, decode_video
from inference_server.media.video_answer import MAX_PIXELS
from inference_server.media.work import Work
from inference_server.prompt.media_parts import media_parts

# The rate of a caller's frames that have neither times nor a rate.
_FRAMES_FPS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedMedium:
    """An image or a video that may be decoded.

    num_pixels is the most that is kept of it, num_at_once the most in its thread's hands: none of
    a video in a file, which a process decodes. Any thread may call `end`.
    """

    path: str
    num_pixels: int
    num_at_once: int
    is_video_file: bool
    decode: Callable[[], Decoded]
    end: Callable[[], None]


def admit(generation: inference_pb2.Generation, media: MediaConfig) -> tuple[AdmittedMedium, ...]:
    """Every image and video of a request, in order.

    Raises InvalidArgument for a file whose header is broken or too large, and PayloadTooLarge if
    there are too many pixels in all. Those of videos are counted as they are decoded.
    """
    allowance = PixelAllowance(media.max_pixels)
    return tuple(_admitted(generation, media, allowance))


def _admitted(
    generation: inference_pb2.Generation, media: MediaConfig, allowance: PixelAllowance
) -> Iterator[AdmittedMedium]:
    for path, part in media_parts(generation):
        if part.HasField("image"):
            yield _image(path, part.image, media, allowance)
        elif part.video.HasField("frames"):
            yield _frames(path, part.video, media, allowance)
        else:
            yield _video(path, part.video, media, allowance)


def _image(
    path: str, image: content_pb2.Image, media: MediaConfig, allowance: PixelAllowance
) -> AdmittedMedium:
    field, max_pixels, work = f"{path}.image.data", media.max_image_pixels, Work()
    width, height = image_size(image.data, max_pixels=max_pixels, field=field)
    allowance.take(width * height)
    return AdmittedMedium(
        path=path,
        num_pixels=width * height,
        num_at_once=width * height,
        is_video_file=False,
        decode=partial(decode_image, image.data, max_pixels=max_pixels, field=field, work=work),
        end=work.end,
    )


def _frames(
    path: str, video: content_pb2.Video, media: MediaConfig, allowance: PixelAllowance
) -> AdmittedMedium:
    field, max_pixels, work = f"{path}.video.frames.frames", media.max_image_pixels, Work()
    files = [frame.data for frame in video.frames.frames]
    sizes = frame_sizes(files, max_pixels=max_pixels, field=field)
    first, *_ = counts = [width * height for width, height in sizes]
    # A small file may become a large frame, since all get the size of the first.
    allowance.take(sum(max(count, first) for count in counts))
    return AdmittedMedium(
        path=path,
        num_pixels=len(files) * first,
        num_at_once=max(counts),
        is_video_file=False,
        decode=partial(
            decode_frames, files, _times_s(video), max_pixels=max_pixels, field=field, work=work
        ),
        end=work.end,
    )


def _video(
    path: str, video: content_pb2.Video, media: MediaConfig, allowance: PixelAllowance
) -> AdmittedMedium:
    decoding = Decoding()
    return AdmittedMedium(
        path=path,
        num_pixels=MAX_PIXELS,
        num_at_once=0,
        is_video_file=True,
        decode=partial(
            decode_video,
            video.data,
            choice=_frame_choice(video, media),
            field=f"{path}.video",
            decoding=decoding,
            take=allowance.take,
        ),
        end=decoding.end,
    )


def _frame_choice(video: content_pb2.Video, media: MediaConfig) -> FrameChoice:
    is_explicit = video.WhichOneof("sampling") is not None
    fps = video.fps if video.HasField("fps") else None
    num_frames = video.num_frames if video.HasField("num_frames") else None
    return FrameChoice(
        fps=fps if is_explicit else media.video_fps,
        num_frames=num_frames if is_explicit else media.video_num_frames,
        max_frames=media.max_video_frames,
        is_explicit=is_explicit,
    )


def _times_s(video: content_pb2.Video) -> tuple[float, ...]:
    """When each of the caller's frames is shown. Ranges have been checked before."""
    frames = video.frames.frames
    if frames[0].HasField("time"):
        return tuple(frame.time.seconds + frame.time.nanos / 1e9 for frame in frames)
    return steady_times_s(len(frames), video.fps if video.HasField("fps") else _FRAMES_FPS)
