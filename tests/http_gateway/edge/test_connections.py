"""A connection too many takes the place of one that is idle, or is told so."""

import asyncio
import json

from http_gateway.edge.connections import Connections
from tests.http_gateway.fake_server import FakeServer, hang
from tests.http_gateway.running import Gateway, Start

HELLO = {"messages": [{"role": "user", "content": "hello"}]}
LIVE = b"GET /v1/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Peer:
    def __init__(self, *, is_idle: bool) -> None:
        self.is_idle = is_idle
        self.is_closed = False

    def force_close(self) -> None:
        self.is_closed = True


def test_the_oldest_idle_connection_gives_way() -> None:
    connections = Connections(3, 1.0)
    busy, old, young = Peer(is_idle=False), Peer(is_idle=True), Peer(is_idle=True)
    for peer in (busy, old, young):
        assert connections.admit(peer, "a")
    assert connections.admit(Peer(is_idle=False), "b")
    assert (busy.is_closed, old.is_closed, young.is_closed) == (False, True, False)


def test_one_peer_has_a_part_and_gives_way_to_itself() -> None:
    connections = Connections(4, 0.5)
    other, mine, busy = Peer(is_idle=True), Peer(is_idle=True), Peer(is_idle=False)
    assert connections.admit(other, "b")
    assert connections.admit(mine, "a")
    assert connections.admit(busy, "a")
    assert connections.admit(Peer(is_idle=False), "a")
    assert (other.is_closed, mine.is_closed) == (False, True)
    assert not connections.admit(Peer(is_idle=True), "a")
    connections.remove(busy)
    assert connections.admit(Peer(is_idle=True), "a")


async def connect(gateway: Gateway) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


async def test_idle_connections_keep_nobody_out(server: FakeServer, start: Start) -> None:
    gateway = await start(backend=server.address, max_connections=8)
    idle = [await connect(gateway) for _ in range(40)]
    reader, writer = await connect(gateway)
    writer.write(LIVE)
    assert b" 200 " in await asyncio.wait_for(reader.readline(), 30)
    # The first has made room.
    assert await asyncio.wait_for(idle[0][0].read(), 30) == b""
    for _, open_writer in [*idle, (reader, writer)]:
        open_writer.close()


async def test_beyond_busy_connections_the_answer_is_503(server: FakeServer, start: Start) -> None:
    server.script = hang
    gateway = await start(backend=server.address, max_connections=2, max_caller_share=1.0)
    calls = [asyncio.create_task(gateway.chat(HELLO).__aenter__()) for _ in range(2)]
    while len(server.generations) < 2:
        await asyncio.sleep(0.01)
    reader, writer = await connect(gateway)
    writer.write(LIVE)
    head, _, body = (await asyncio.wait_for(reader.read(), 30)).decode().partition("\r\n\r\n")
    assert " 503 " in head.splitlines()[0]
    assert "Retry-After: " in head
    assert "x-request-id: " in head
    assert json.loads(body)["error"]["code"] == 503
    writer.close()
    server.release.set()
    for call in calls:
        (await call).close()
