"""Turns a request into a prompt, off the event loop and with a bound on pixels in memory."""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from nemotron_vl.v1 import inference_pb2

from inference_server.config import MediaConfig
from inference_server.media.decoded import Picture
from inference_server.media.image import decode_image
from inference_server.prompt.build import BuiltPrompt, PromptBuilder


class Preparer:
    """Decodes media and builds prompts; close() frees its threads.

    Prompts are built by one thread, since they share one tokenizer.
    """

    def __init__(self, builder: PromptBuilder, media: MediaConfig) -> None:
        self._builder = builder
        self._media = media
        num_threads = min(media.num_image_threads, os.cpu_count() or 1)
        self._image_threads = ThreadPoolExecutor(num_threads, thread_name_prefix="image")
        self._prompt_thread = ThreadPoolExecutor(1, thread_name_prefix="prompt")
        self._permits = asyncio.Semaphore(media.max_media_requests)

    @asynccontextmanager
    async def prepared(self, generation: inference_pb2.Generation) -> AsyncGenerator[BuiltPrompt]:
        """The request's prompt. Its pixels count as held until the context ends."""
        images = _images(generation)
        async with AsyncExitStack() as stack:
            if images:
                await stack.enter_async_context(self._permits)
            pictures = await self._decode(images)
            build = partial(self._builder.build, generation, pictures)
            yield await asyncio.get_running_loop().run_in_executor(self._prompt_thread, build)

    def close(self) -> None:
        self._image_threads.shutdown(wait=False, cancel_futures=True)
        self._prompt_thread.shutdown(wait=False, cancel_futures=True)

    async def _decode(self, images: Sequence[tuple[str, bytes]]) -> list[Picture]:
        loop = asyncio.get_running_loop()
        futures = [
            loop.run_in_executor(self._image_threads, self._picture, data, field)
            for field, data in images
        ]
        try:
            return await asyncio.gather(*futures)
        finally:
            for future in futures:
                future.cancel()

    def _picture(self, data: bytes, field: str) -> Picture:
        pixels = decode_image(data, max_pixels=self._media.max_image_pixels, field=field)
        return Picture(pixels=pixels)


def _images(generation: inference_pb2.Generation) -> list[tuple[str, bytes]]:
    return [
        (f"messages[{message_index}].parts[{part_index}].image.data", part.image.data)
        for message_index, message in enumerate(generation.messages)
        for part_index, part in enumerate(message.parts)
        if part.WhichOneof("kind") == "image"
    ]
