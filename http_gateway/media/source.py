"""Gets the bytes of a request's media: decodes data: URLs and fetches http(s) URLs."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from functools import partial
from typing import Self

from aiohttp import web
from nemotron_vl.v1 import content_pb2

from http_gateway.byte_budget import Share
from http_gateway.config import GatewayConfig
from http_gateway.errors import InvalidRequest
from http_gateway.media.allowance import Allowance
from http_gateway.media.data_url import Payload, decode_data_url, is_data_url
from http_gateway.media.fetcher import Fetcher
from http_gateway.translation.media_reference import MediaRef

_NUM_DECODE_THREADS = 2

# Longer data: URLs are decoded in a thread, since they would block the event loop.
_LONG_URL = 256 * 1024


class MediaSource:
    """Fills the targets of media references."""

    def __init__(self, config: GatewayConfig) -> None:
        self._config = config
        self._stack = AsyncExitStack()
        self._fetcher = Fetcher(config)
        self._threads = ThreadPoolExecutor(_NUM_DECODE_THREADS, thread_name_prefix="data-url")

    async def __aenter__(self) -> Self:
        self._stack.callback(self._threads.shutdown, wait=False, cancel_futures=True)
        await self._stack.enter_async_context(self._fetcher)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    async def fill(self, references: Sequence[MediaRef], share: Share, *, caller: str) -> None:
        """Fills all targets at the same time. The first failure is raised and cancels the others.

        Fetched bytes count towards the share; those of data: URLs were counted with the body.
        """
        most = self._config.max_media
        # The frames of one video count as one.
        if most is not None and sum(not media.frame_index for media in references) > most:
            raise InvalidRequest(
                f"A request may have at most {most} images and videos.",
                param="messages",
            )
        allowance = Allowance(self._config.max_message_bytes, share)
        try:
            async with asyncio.TaskGroup() as group:
                for reference in references:
                    group.create_task(self._fill(reference, allowance, caller))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _fill(self, reference: MediaRef, allowance: Allowance, caller: str) -> None:
        payload = await self._payload(reference, allowance, caller)
        reference.target.data = payload.data
        if payload.mime_type and not isinstance(reference.target, content_pb2.Frame):
            reference.target.mime_type = payload.mime_type

    async def _payload(self, reference: MediaRef, allowance: Allowance, caller: str) -> Payload:
        url = reference.url.strip()
        if not is_data_url(url):
            return await self._fetcher.fetch(url, reference, allowance, caller=caller)
        allowance.take(len(url) // 4 * 3, reference)
        if len(url) < _LONG_URL:
            return decode_data_url(url, param=reference.param)
        decode = partial(decode_data_url, url, param=reference.param)
        return await asyncio.get_running_loop().run_in_executor(self._threads, decode)


MEDIA = web.AppKey("MEDIA", MediaSource)
