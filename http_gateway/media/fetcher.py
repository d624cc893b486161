"""Fetches http(s) URLs: within its turn, in its time, and from where it may."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from typing import Self

import aiohttp
from yarl import URL

from http_gateway.config import GatewayConfig
from http_gateway.errors import InvalidRequest
from http_gateway.media.allowance import Allowance
from http_gateway.media.data_url import Payload, mime_hint
from http_gateway.media.policy import REFUSAL, check_url, public_socket
from http_gateway.media.resolver import TURN, Resolver
from http_gateway.media.turns import MAX_FETCHES, Turns
from http_gateway.media_hosts import MediaHosts, host_of
from http_gateway.translation.media_reference import MediaRef

_logger = logging.getLogger(__name__)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES = 64 * 1024

_HEADERS = {"User-Agent": "nemotron-vl", "Accept": "*/*", "Accept-Encoding": "identity"}


class Fetcher:
    """Two sessions: one connects to public addresses only, one to the hosts that are allowed by
    name. Every redirect chooses again between them, and waits for a turn of its own.
    """

    def __init__(self, config: GatewayConfig) -> None:
        self._config = config
        self._allowed_hosts = MediaHosts(config.allow_media_hosts)
        self._stack = AsyncExitStack()
        self._turns = Turns(
            MAX_FETCHES,
            max_caller_share=config.max_caller_share,
            max_wait_s=config.fetch_wait_timeout_s,
        )

    async def __aenter__(self) -> Self:
        resolver = Resolver()
        # No limit of connections, since a fetch's timeout would run while it waits for one.
        self._public = await self._stack.enter_async_context(
            _session(aiohttp.TCPConnector(limit=0, resolver=resolver, socket_factory=public_socket))
        )
        self._allowed = await self._stack.enter_async_context(
            _session(aiohttp.TCPConnector(limit=0, resolver=resolver))
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    async def fetch(
        self, text: str, reference: MediaRef, allowance: Allowance, *, caller: str
    ) -> Payload:
        """The content of a URL. Raises ApiError."""
        url = check_url(text, param=reference.param)
        if not self._config.fetch_media:
            _logger.warning("media of %s not fetched: fetch_media is off", url.raw_host)
            raise InvalidRequest(
                "This server does not fetch URLs; send a data URL.", param=reference.param
            )
        try:
            async with allowance.turns:
                return await self._follow(url, reference, allowance, caller)
        except (aiohttp.ClientError, OSError, ValueError):
            # One text for a refused address, an unknown name, a closed port and a broken answer, so
            # that a caller cannot scan the network behind this server.
            raise InvalidRequest(
                f"The {reference.noun} could not be fetched from its URL.", param=reference.param
            ) from None

    async def _follow(
        self, url: URL, reference: MediaRef, allowance: Allowance, caller: str
    ) -> Payload:
        loop = asyncio.get_running_loop()
        is_video = reference.noun == "video"
        config = self._config
        left_s = config.video_fetch_timeout_s if is_video else config.image_fetch_timeout_s
        for _ in range(config.max_redirects + 1):
            async with self._turns.turn(caller=caller, host=host_of(url)) as turn:
                TURN.set(turn)
                # Its time does not run while it waits for a turn.
                start_s = loop.time()
                async with asyncio.timeout(left_s):
                    answer = await self._ask(url, reference, allowance)
                left_s -= loop.time() - start_s
            if isinstance(answer, Payload):
                return answer
            url = check_url(str(answer), param=reference.param)
        raise aiohttp.ClientError("too many redirects")

    async def _ask(self, url: URL, reference: MediaRef, allowance: Allowance) -> Payload | URL:
        """What a URL answers: content, or another URL."""
        session = self._allowed if url in self._allowed_hosts else self._public
        with _refusal_logged(url):
            answer = await session.get(url, allow_redirects=False)
        async with answer as response:
            if response.status in _REDIRECTS:
                return url.join(URL(response.headers.get("Location", "")))
            return await _read(response, reference, allowance)


async def _read(
    response: aiohttp.ClientResponse, reference: MediaRef, allowance: Allowance
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
