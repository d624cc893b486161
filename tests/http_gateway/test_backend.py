"""The connections to the inference server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

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


async def test_a_connection_may_take_its_time(server: FakeServer, start: Start) -> None:
    async with slow_to_greet(server.address, delay_s=0.5) as address:
        gateway = await start(backend=address)
        async with gateway.get("/v1/models") as response:
            assert response.status == 200
