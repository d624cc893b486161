"""The gateway as it really runs, and a session to call it with."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
from aiohttp import web

Call = AbstractAsyncContextManager[aiohttp.ClientResponse]
Stop = Callable[[], Awaitable[None]]


class Gateway:
    """A running gateway: its address, its application, and how to call it."""

    def __init__(self, url: str, session: aiohttp.ClientSession, app: web.Application) -> None:
        self.url = url
        self.session = session
        self.app = app

    def get(self, path: str, **options: Any) -> Call:
        return self.session.get(self.url + path, **options)

    def chat(self, body: Any, **options: Any) -> Call:
        return self.session.post(f"{self.url}/v1/chat/completions", json=body, **options)

    def post(self, data: bytes, **options: Any) -> Call:
        headers = {"Content-Type": "application/json"} | options.pop("headers", {})
        return self.session.post(
            f"{self.url}/v1/chat/completions", data=data, headers=headers, **options
        )

    async def raw(self, method_and_path: bytes, headers: bytes) -> bytes:
        """The whole answer to a request whose headers no library would send."""
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            method_and_path + b" HTTP/1.1\r\nConnection: close\r\n" + headers + b"\r\n\r\n"
        )
        async with asyncio.timeout(60):
            answer = await reader.read()
        writer.close()
        return answer

    async def metrics(self) -> str:
        async with self.get("/metrics") as response:
            return await response.text()

    async def until_ready(self, *, is_ready: bool = True) -> None:
        async with asyncio.timeout(60):
            while True:
                async with self.get("/v1/health/ready") as response:
                    if (response.status == 200) is is_ready:
                        return
                await asyncio.sleep(0.02)


Start = Callable[..., Awaitable[Gateway]]
