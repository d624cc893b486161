"""The connections to the inference server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress

import grpc

from http_gateway.backend import Backend
from tests.http_gateway.fake_server import FakeServer
from tests.http_gateway.running import Start


@asynccontextmanager
async def slow_to_greet(address: str, delay_s: float) -> AsyncIterator[str]:
    """The server at that address as from afar: its first words take their time."""
    host, _, port = address.partition(":")

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            while data := await reader.read(2**16):
                writer.write(data)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            near_reader, near_writer = await asyncio.open_connection(host, int(port))
            async with asyncio.TaskGroup() as directions:
                directions.create_task(carry(reader, near_writer))
                await asyncio.sleep(delay_s)
                directions.create_task(carry(near_reader, writer))

    site = await asyncio.start_server(connect, "127.0.0.1", 0)
    yield f"127.0.0.1:{site.sockets[0].getsockname()[1]}"
    site.close()
    await site.wait_closed()


async def test_all_connections_must_be_ready(server: FakeServer, closed_port: int) -> None:
    async with (
        grpc.aio.insecure_channel(server.address) as good,
        grpc.aio.insecure_channel(f"127.0.0.1:{closed_port}") as bad,
    ):
        assert await _becomes_ready(Backend([good, good]), within_s=30)
        assert not await _becomes_ready(Backend([good, bad]), within_s=1)


async def _becomes_ready(backend: Backend, *, within_s: float) -> bool:
    watching = asyncio.create_task(backend.watch())
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while not backend.is_ready:
                await asyncio.sleep(0.01)
    assert not watching.done()
    watching.cancel()
    await asyncio.wait((watching,))
    return backend.is_ready


async def test_a_connection_may_take_its_time(server: FakeServer, start: Start) -> None:
    async with slow_to_greet(server.address, delay_s=0.5) as address:
        gateway = await start(backend=address)
        async with gateway.get("/v1/models") as response:
            assert response.status == 200
