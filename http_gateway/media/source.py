"""Gets the bytes of a request's media: decodes data: URLs and fetches http(s) URLs."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Self

import aiohttp
from aiohttp import web
from nemotron_vl.v1 import content_pb2
from yarl import URL

from http_gateway.byte_budget import Share
from http_gateway.config import GatewayConfig
from http_gateway.errors import InvalidRequest, PayloadTooLarge
from http_gateway.media.data_url import Payload, decode_data_url, is_data_url, mime_hint
from http_gateway.media.policy import REFUSAL, check_url, public_socket
from http_gateway.translation.media_reference import MediaRef

_logger = logging.getLogger(__name__)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES = 64 * 1024
MAX_FETCHES = 64
# Of one request, so that a list of slow URLs does not keep all others waiting.
_MAX_FETCHES_OF_ONE = 16
_NUM_DECODE_THREADS = 2

# Longer data: URLs are decoded in a thread, since they would block the event loop.
_LONG_URL = 256 * 1024

_HEADERS = {"User-Agent": "nemotron-vl", "Accept": "*/*", "Accept-Encoding": "identity"}


class MediaSource:
    """Two sessions: one connects to public addresses only, one to the hosts that are allowed by
    name. Every redirect chooses again between them.
    """

    def __init__(self, config: GatewayConfig) -> None:
        self._config = config
        self._stack = AsyncExitStack()
        # Not the connectors' limit, since a fetch's timeout runs while it waits for that.
        self._turns = asyncio.Semaphore(MAX_FETCHES)
        # Not the loop's threads: callers' slow name servers can keep those busy.
        self._threads = ThreadPoolExecutor(_NUM_DECODE_THREADS, thread_name_prefix="data-url")

    async def __aenter__(self) -> Self:
        self._stack.callback(self._threads.shutdown, wait=False, cancel_futures=True)
        self._public = await self._stack.enter_async_context(
            _session(aiohttp.TCPConnector(limit=0, socket_factory=public_socket))
        )
        self._allowed = await self._stack.enter_async_context(
            _session(aiohttp.TCPConnector(limit=0))
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    async def fill(self, references: Sequence[MediaRef], share: Share) -> None:
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
        allowance = _Allowance(self._config.max_message_bytes, share)
        try:
            async with asyncio.TaskGroup() as group:
                for reference in references:
                    group.create_task(self._fill(reference, allowance))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _fill(self, reference: MediaRef, allowance: "_Allowance") -> None:
        payload = await self._payload(reference, allowance)
        reference.target.data = payload.data
        if payload.mime_type and not isinstance(reference.target, content_pb2.Frame):
            reference.target.mime_type = payload.mime_type

    async def _payload(self, reference: MediaRef, allowance: "_Allowance") -> Payload:
        url = reference.url.strip()
        if not is_data_url(url):
            return await self._fetch(url, reference, allowance)
        allowance.take(len(url) // 4 * 3, reference)
        if len(url) < _LONG_URL:
            return decode_data_url(url, param=reference.param)
        decode = partial(decode_data_url, url, param=reference.param)
        return await asyncio.get_running_loop().run_in_executor(self._threads, decode)

    async def _fetch(self, text: str, reference: MediaRef, allowance: "_Allowance") -> Payload:
        url = check_url(text, param=reference.param)
        if not self._config.fetch_media:
            _logger.warning("media of %s not fetched: fetch_media is off", url.raw_host)
            raise InvalidRequest(
                "This server does not fetch URLs; send a data URL.", param=reference.param
            )
        is_video = reference.noun == "video"
        timeout_s = (
            self._config.video_fetch_timeout_s if is_video else self._config.image_fetch_timeout_s
        )
        try:
            async with (
                allowance.turns,
                self._turns,
                asyncio.timeout(timeout_s),
                self._open(url, reference.param) as response,
            ):
                return await _read(response, reference, allowance)
        except (aiohttp.ClientError, OSError, ValueError):
            # One text for a refused address, an unknown name, a closed port and a broken answer, so
            # that a caller cannot scan the network behind this server.
            raise InvalidRequest(
                f"The {reference.noun} could not be fetched from its URL.", param=reference.param
            ) from None

    @asynccontextmanager
    async def _open(self, url: URL, param: str) -> AsyncGenerator[aiohttp.ClientResponse]:
        for _ in range(self._config.max_redirects + 1):
            session = self._allowed if self._is_allowed(url) else self._public
            with _refusal_logged(url):
                answer = await session.get(url, allow_redirects=False)
            async with answer as response:
                if response.status not in _REDIRECTS:
                    yield response
                    return
                target = url.join(URL(response.headers.get("Location", "")))
            url = check_url(str(target), param=param)
        raise aiohttp.ClientError("too many redirects")

    def _is_allowed(self, url: URL) -> bool:
        return (url.host or "").lower().rstrip(".") in self._config.allow_media_hosts


MEDIA = web.AppKey("MEDIA", MediaSource)


class _Allowance:
    """The bytes that all media of one request may still take, and its turns to fetch."""

    def __init__(self, max_bytes: int, share: Share) -> None:
        self.turns = asyncio.Semaphore(_MAX_FETCHES_OF_ONE)
        self._max_bytes = max_bytes
        self._left = max_bytes
        self._share = share

    def take(self, num_bytes: int, reference: MediaRef) -> None:
        """Raises PayloadTooLarge that names the media which goes beyond the limit."""
        self._left -= num_bytes
        if self._left < 0:
            raise PayloadTooLarge(
                f"The media of one request may have at most {self._max_bytes} bytes.",
                param=reference.param,
            )

    def take_fetched(self, num_bytes: int, reference: MediaRef) -> None:
        """The same for fetched bytes, which count towards the share as well."""
        self.take(num_bytes, reference)
        self._share.take(num_bytes)


async def _read(
    response: aiohttp.ClientResponse, reference: MediaRef, allowance: _Allowance
) -> Payload:
    if response.status != 200:
        raise InvalidRequest(
            f"The URL of the {reference.noun} answered with status {response.status}.",
            param=reference.param,
        )
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise aiohttp.ClientError("an encoding that was not asked for")
    data = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        allowance.take_fetched(len(chunk), reference)
        data += chunk
    mime_type = mime_hint(response.headers.get("Content-Type"))
    return Payload(data=bytes(data), mime_type=mime_type)


@contextmanager
def _refusal_logged(url: URL) -> Generator[None]:
    """Tells the operator what the caller is not told: why a host is not connected to."""
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        # By its text, since the errors of several addresses are joined into one of another class.
        if REFUSAL in str(error.os_error):
            _logger.warning(
                "media of %s not fetched: %s; the setting allow_media_hosts can allow this host",
                url.raw_host,
                REFUSAL,
            )
        raise


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        headers=_HEADERS,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None),
    )
