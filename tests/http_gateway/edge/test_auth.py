from pathlib import Path

import pytest

from serving.callers import CALLER_HEADER
from tests.http_gateway.fake_server import FakeServer
from tests.http_gateway.running import Gateway, Start

HELLO = {"messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
async def locked(server: FakeServer, start: Start) -> Gateway:
    return await start(backend=server.address, api_keys=("key-one", "schlüssel"))


@pytest.mark.parametrize("token", ["Bearer key-one", "bearer key-one", "Bearer schlüssel"])
async def test_a_known_key_opens(locked: Gateway, token: str) -> None:
    async with locked.chat(HELLO, headers={"Authorization": token}) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "token", [None, "", "Bearer", "Bearer key-two", "Bearer key-one2", "Basic key-one", "key-one"]
)
async def test_anything_else_does_not(
    locked: Gateway, server: FakeServer, token: str | None
) -> None:
    headers = {} if token is None else {"Authorization": token}
    async with locked.chat(HELLO, headers=headers) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert (await response.json())["error"]["type"] == "AuthenticationError"
    assert server.generations == []


@pytest.mark.parametrize("path", ["/v1/models", "/metrics", "/v1/metrics", "/v1/metadata", "/x"])
async def test_every_other_path_is_locked_too(locked: Gateway, path: str) -> None:
    async with locked.get(path) as response:
        assert response.status == 401


@pytest.mark.parametrize("path", ["/health", "/v1/health/live", "/v1/health/ready"])
async def test_health_is_open(locked: Gateway, path: str) -> None:
    async with locked.get(path) as response:
        assert response.status in (200, 503)


@pytest.mark.parametrize("token", [None, "Bearer ngcapikey", "Bearer not-used"])
async def test_without_keys_any_token_will_do(gateway: Gateway, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": token}
    async with gateway.chat(HELLO, headers=headers) as response:
        assert response.status == 200


async def test_the_server_is_told_who_calls(
    server: FakeServer, start: Start, tmp_path: Path
) -> None:
    """The label where there are keys, whatever the client says of itself."""
    file = tmp_path / "keys"
    file.write_text("team-a secret\n")
    gateway = await start(backend=server.address, api_keys_file=file)
    headers = {"Authorization": "Bearer secret", CALLER_HEADER: "team-b"}
    async with gateway.chat(HELLO, headers=headers) as response:
        assert response.status == 200
    assert server.metadata[CALLER_HEADER] == "team-a"


async def test_without_keys_it_is_told_the_address(gateway: Gateway, server: FakeServer) -> None:
    async with gateway.chat(HELLO, headers={CALLER_HEADER: "team-b"}) as response:
        assert response.status == 200
    assert server.metadata[CALLER_HEADER] == "127.0.0.1"
