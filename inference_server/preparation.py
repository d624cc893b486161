"""Turns a request into a prompt, off the event loop and with a bound on pixels in memory."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from nemotron_vl.v1 import content_pb2, inference_pb2

from inference_server.config import MediaConfig
from inference_server.media.decoded import Decoded, DecodedImage, DecodedVideo
from inference_server.media.frames import FrameChoice
from inference_server.media.given_frames import decode_frames, steady_times_s
from inference_server.media.image import decode_image
from inference_server.media.pixel_budget import PixelAllowance, PixelBudget
from inference_server.media.video import Decoding, decode_video
from inference_server.prompt.build import BuiltPrompt, PromptBuilder
from inference_server.prompt.media_parts import media_parts
from inference_server.prompt.text_bytes import text_bytes
from inference_server.prompt_queue import PromptQueue

# The threads to decode in, and the call, which counts its pixels.
_Decode = tuple[ThreadPoolExecutor, Callable[[PixelAllowance], Decoded]]

# The rate of a caller's frames that have neither times nor a rate.
_FRAMES_FPS = 1.0


class Preparer:
    """Decodes media and builds prompts; close() frees its threads.

    A video's thread only waits for the process that decodes it.
    """

    def __init__(
        self, builder: PromptBuilder, media: MediaConfig, *, max_prompt_queue_bytes: int
    ) -> None:
        self._builder = builder
        self._media = media
        num_threads = min(media.num_image_threads, os.cpu_count() or 1)
        self._image_threads = ThreadPoolExecutor(num_threads, thread_name_prefix="image")
        self._video_threads = ThreadPoolExecutor(
            media.num_video_processes, thread_name_prefix="video"
        )
        self._prompts = PromptQueue(max_bytes=max_prompt_queue_bytes)
        self._budget = PixelBudget(
            max_bytes=media.max_pixel_bytes, max_turns=num_threads + media.num_video_processes
        )

    @asynccontextmanager
    async def prepared(
        self, generation: inference_pb2.Generation, *, max_model_len: int | None = None
    ) -> AsyncGenerator[BuiltPrompt]:
        """The request's prompt. Its pixels count as held until the context ends.

        If `max_model_len` is given, text that cannot fit is refused before it is encoded.
        """
        media: dict[str, Decoded] = {}
        async with AsyncExitStack() as stack:
            if decodes := self._decodes(generation, stack):
                async with self._budget.turn():
                    media = await self._decode_all(decodes)
                    num_bytes = sum(decoded.num_bytes for decoded in media.values())
                    stack.enter_context(self._budget.held(num_bytes))
            build = partial(self._build, generation, media, max_model_len)
            yield await self._prompts.build(build, text_bytes(generation))

    def close(self) -> None:
        for threads in (self._image_threads, self._video_threads):
            threads.shutdown(wait=False, cancel_futures=True)
        self._prompts.close()

    def _build(
        self,
        generation: inference_pb2.Generation,
        media: dict[str, Decoded],
        max_model_len: int | None,
        is_given_up: Callable[[], bool],
    ) -> BuiltPrompt:
        return self._builder.build(
            generation, media, max_model_len=max_model_len, is_given_up=is_given_up
        )

    def _decodes(
        self, generation: inference_pb2.Generation, stack: AsyncExitStack
    ) -> dict[str, _Decode]:
        """The call that decodes each image and video, by the path of its part."""
        decodes: dict[str, _Decode] = {}
        for path, part in media_parts(generation):
            if part.HasField("image"):
                decode = partial(self._decode_image, part.image, f"{path}.image.data")
                decodes[path] = (self._image_threads, partial(_counted, decode))
            elif part.video.HasField("frames"):
                decode = partial(self._decode_frames, part.video, f"{path}.video")
                decodes[path] = (self._image_threads, decode)
            else:
                decoding = Decoding()
                stack.callback(decoding.end)
                decode = partial(self._decode_video, part.video, f"{path}.video", decoding)
                decodes[path] = (self._video_threads, partial(_counted, decode))
        return decodes

    async def _decode_all(self, decodes: dict[str, _Decode]) -> dict[str, Decoded]:
        loop = asyncio.get_running_loop()
        allowance = PixelAllowance(self._media.max_pixels)
        futures = [
            loop.run_in_executor(threads, decode, allowance) for threads, decode in decodes.values()
        ]
        try:
            return dict(zip(decodes, await asyncio.gather(*futures), strict=True))
        finally:
            for future in futures:
                future.cancel()

    def _decode_image(self, image: content_pb2.Image, field: str) -> DecodedImage:
        return decode_image(image.data, max_pixels=self._media.max_image_pixels, field=field)

    def _decode_frames(
        self, video: content_pb2.Video, field: str, allowance: PixelAllowance
    ) -> DecodedVideo:
        return decode_frames(
            [frame.data for frame in video.frames.frames],
            _times_s(video),
            max_pixels=self._media.max_image_pixels,
            take=allowance.take,
            field=f"{field}.frames.frames",
        )

    def _decode_video(
        self, video: content_pb2.Video, field: str, decoding: Decoding
    ) -> DecodedVideo:
        choice = self._frame_choice(video)
        return decode_video(video.data, choice=choice, field=field, decoding=decoding)

    def _frame_choice(self, video: content_pb2.Video) -> FrameChoice:
        is_explicit = video.WhichOneof("sampling") is not None
        fps = video.fps if video.HasField("fps") else None
        num_frames = video.num_frames if video.HasField("num_frames") else None
        return FrameChoice(
            fps=fps if is_explicit else self._media.video_fps,
            num_frames=num_frames if is_explicit else self._media.video_num_frames,
            max_frames=self._media.max_video_frames,
            is_explicit=is_explicit,
        )


def _times_s(video: content_pb2.Video) -> tuple[float, ...]:
    """When each of the caller's frames is shown. Ranges have been checked before."""
    frames = video.frames.frames
    if frames[0].HasField("time"):
        return tuple(frame.time.seconds + frame.time.nanos / 1e9 for frame in frames)
    return steady_times_s(len(frames), video.fps if video.HasField("fps") else _FRAMES_FPS)


def _counted(decode: Callable[[], Decoded], allowance: PixelAllowance) -> Decoded:
    decoded = decode()
    allowance.take(decoded.num_bytes // 3)
    return decoded
