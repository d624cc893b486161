"""Without keys, programs may call and pages of the web may not."""

import json
from typing import Any

import pytest

from tests.http_gateway.fake_server import FakeServer
from tests.http_gateway.running import Gateway, Start

HELLO = {"messages": [{"role": "user", "content": "hello"}]}
PAGE = "http://page.example"


async def status(gateway: Gateway, **headers: str) -> int:
    async with gateway.chat(HELLO, headers=headers) as response:
        if response.status != 200:
            error = (await response.json())["error"]
            assert (error["code"], error["type"]) == (403, "PermissionDeniedError")
        return response.status


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8000",
        "LOCALHOST",
        "127.0.0.1",
        "[::1]:8000",
        "app.localhost",
        "10.1.2.3",
        "gateway",
    ],
)
async def test_programs_call_by_names_of_this_machine(gateway: Gateway, host: str) -> None:
    assert await status(gateway, Host=host) == 200


@pytest.mark.parametrize("host", ["page.example", "page.example:8000", "127.0.0.1.page.example"])
async def test_on_loopback_another_name_is_a_pages(gateway: Gateway, host: str) -> None:
    """Its owner has pointed it to this machine."""
    assert await status(gateway, Host=host) == 403
    assert await status(gateway, Host=host, Origin=f"http://{host}") == 403


@pytest.mark.parametrize("names", [["page.example"], ["*"]])
async def test_a_name_can_be_allowed(server: FakeServer, start: Start, names: list[str]) -> None:
    gateway = await start(backend=server.address, allowed_hosts=names)
    assert await status(gateway, Host="page.example:80") == 200
    assert await status(gateway, Host="page.example", Origin=PAGE) == 200
    assert await status(gateway, Host="page.example", Origin="http://other.example") == 403


@pytest.mark.parametrize("host", ["page.example", "gateway.default.svc.cluster.local", "10.1.2.3"])
async def test_beyond_loopback_programs_call_by_any_name(
    server: FakeServer, start: Start, host: str
) -> None:
    gateway = await start(backend=server.address, host="0.0.0.0")
    assert await status(gateway, Host=host) == 200
    assert await status(gateway, Host=host, Origin=PAGE) == 403


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (PAGE, 403),
        ("null", 403),
        ("https://localhost.page.example", 403),
        ("http://localhost:3000", 403),
        ("http://localhost:8000", 200),
        ("chrome-extension://abc", 200),
        ("tauri://localhost", 200),
    ],
)
async def test_pages_of_other_origins_may_not_call(
    gateway: Gateway, origin: str, expected: int
) -> None:
    assert await status(gateway, Host="localhost:8000", Origin=origin) == expected


@pytest.mark.parametrize(
    "settings", [{"cors_allow_origins": [PAGE]}, {"cors_allow_origins": ["*"]}]
)
async def test_an_allowed_origin_may_call(
    server: FakeServer, start: Start, settings: dict[str, Any]
) -> None:
    gateway = await start(backend=server.address, **settings)
    assert await status(gateway, Origin=PAGE) == 200


async def test_a_key_is_enough(server: FakeServer, start: Start) -> None:
    gateway = await start(backend=server.address, api_keys=["secret"])
    headers = {"Host": "page.example", "Origin": PAGE, "Authorization": "Bearer secret"}
    assert await status(gateway, **headers) == 200


@pytest.mark.parametrize("header", [b"Host: a.\xff", b"Host: localhost\r\nOrigin: http://\xff"])
async def test_names_that_are_not_utf8_are_refused_in_our_form(
    server: FakeServer, start: Start, header: bytes
) -> None:
    gateway = await start(backend=server.address)
    answer = await gateway.raw(b"GET /v1/models", header)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == 403
