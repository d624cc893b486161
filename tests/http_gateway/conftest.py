"""The gateway in front of a scripted inference server."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from http_gateway.app import create_app, create_runner
from http_gateway.config import GatewayConfig
from tests.http_gateway.fake_server import FakeServer, running_server
from tests.http_gateway.running import Gateway, Start, Stop


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with running_server() as fake:
        yield fake


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts gateways; what it started is stopped after the test."""
    stops: list[Stop] = []

    async def start_gateway(**settings: Any) -> Gateway:
        app = create_app(GatewayConfig(num_channels=1, **settings))
        runner = create_runner(app)
        await runner.setup()
        stops.append(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        stops.append(session.close)
        return Gateway(f"http://127.0.0.1:{runner.addresses[0][1]}", session, app)

    yield start_gateway
    for stop in reversed(stops):
        await stop()


@pytest.fixture
async def gateway(server: FakeServer, start: Start) -> Gateway:
    return await start(backend=server.address)
