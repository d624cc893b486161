"""Turns a request into a prompt, off the event loop and with a bound on pixels in memory."""

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from heapq import nlargest

from nemotron_vl.v1 import inference_pb2

from inference_server.caller import CALLER, CallerTurns
from inference_server.config import MediaConfig
from inference_server.media.decoded import Decoded
from inference_server.media.pixel_budget import PixelBudget
from inference_server.preparation.admitted_media import AdmittedMedium, admit
from inference_server.preparation.prompt_queue import PromptQueue
from inference_server.preparation.threads import run_all
from inference_server.prompt.build import BuiltPrompt, PromptBuilder
from inference_server.prompt.media_parts import media_parts
from inference_server.prompt.text_bytes import text_bytes

_BYTES_PER_PIXEL = 3
# What a decoder needs besides the pixels that it gives: its image, a turned or blended one, and the
# coefficients of a progressive JPEG.
_DECODER_BYTES_PER_PIXEL = 17


class Preparer:
    """Decodes media and builds prompts; close() frees its threads.

    Headers have a thread of their own, so that they are judged while images are decoded. A video's
    thread only waits for the process that decodes it.
    """

    def __init__(
        self,
        builder: PromptBuilder,
        media: MediaConfig,
        *,
        max_prompt_queue_bytes: int,
        max_caller_share: float,
    ) -> None:
        self._builder = builder
        self._media = media
        self._num_image_threads = min(media.num_image_threads, os.cpu_count() or 1)
        self._image_threads = ThreadPoolExecutor(
            self._num_image_threads, thread_name_prefix="image"
        )
        self._video_threads = ThreadPoolExecutor(
            media.num_video_processes, thread_name_prefix="video"
        )
        self._header_threads = ThreadPoolExecutor(1, thread_name_prefix="header")
        self._prompts = PromptQueue(
            max_bytes=max_prompt_queue_bytes, max_caller_share=max_caller_share
        )
        self._budget = PixelBudget(media.max_pixel_bytes, max_caller_share=max_caller_share)
        # Those that wait for a process must not hold memory meanwhile.
        self._video_turns = CallerTurns(media.num_video_processes)

    @asynccontextmanager
    async def prepared(
        self, generation: inference_pb2.Generation, *, max_model_len: int | None = None
    ) -> AsyncGenerator[BuiltPrompt]:
        """The request's prompt. Its pixels count as held until the context ends.

        If `max_model_len` is given, text that cannot fit is refused before it is encoded.
        """
        async with AsyncExitStack() as stack:
            media: dict[str, Decoded] = {}
            if any(media_parts(generation)):
                headers = partial(admit, generation, self._media)
                [admitted] = await run_all([(self._header_threads, headers)])
                await self._decode_all(admitted, media, stack)
            # Whoever keeps an error of this request must not keep its pixels.
            stack.callback(media.clear)
            build = partial(self._build, generation, media, max_model_len)
            # No name for it here: the traceback of an error holds this frame.
            num_bytes = text_bytes(generation)
            yield await self._prompts.build(build, num_bytes, has_media=bool(media))

    def close(self) -> None:
        for threads in (self._image_threads, self._video_threads, self._header_threads):
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

    async def _decode_all(
        self, admitted: Sequence[AdmittedMedium], media: dict[str, Decoded], stack: AsyncExitStack
    ) -> None:
        """Decodes into `media`, by the path of each part, in memory reserved on the stack."""
        has_video_file = any(medium.is_video_file for medium in admitted)
        async with self._video_turns.turn() if has_video_file else nullcontext():
            num_bytes = self._num_bytes(admitted)
            reservation = await stack.enter_async_context(
                self._budget.reserved(CALLER.get(), num_bytes)
            )
            calls = [(self._threads(medium), medium.decode) for medium in admitted]
            decoded = await run_all(calls, end=lambda: _end(admitted))
            media.update(zip((medium.path for medium in admitted), decoded, strict=True))
            reservation.shrink(sum(one.num_bytes for one in decoded))

    def _threads(self, medium: AdmittedMedium) -> ThreadPoolExecutor:
        return self._video_threads if medium.is_video_file else self._image_threads

    def _num_bytes(self, admitted: Sequence[AdmittedMedium]) -> int:
        """The most bytes that the pixels of a request take while it is decoded."""
        num_kept = sum(medium.num_pixels for medium in admitted)
        num_kept = min(num_kept, self._media.max_pixels)
        at_once = nlargest(self._num_image_threads, (medium.num_at_once for medium in admitted))
        return _BYTES_PER_PIXEL * num_kept + _DECODER_BYTES_PER_PIXEL * sum(at_once)


def _end(admitted: Sequence[AdmittedMedium]) -> None:
    for medium in admitted:
        medium.end()
