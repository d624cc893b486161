"""Headers of a request: which are read, and which go on to the server."""

import pytest

from tests.http_gateway.fake_server import FakeServer
from tests.http_gateway.running import Gateway

HELLO = {"messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.parametrize("given", ["my-id.1", "a/b+c=@d", "a" * 128])
async def test_a_request_keeps_its_id(gateway: Gateway, server: FakeServer, given: str) -> None:
    async with gateway.chat(HELLO, headers={"X-Request-Id": given}) as response:
        assert response.headers["x-request-id"] == given
    assert server.metadata["x-request-id"] == given


@pytest.mark.parametrize("given", [None, "", "a" * 129, "a b", 'a"b', "é"])
async def test_a_request_without_a_usable_id_gets_one(
    gateway: Gateway, server: FakeServer, given: str | None
) -> None:
    headers = {} if given is None else {"X-Request-Id": given}
    async with gateway.chat(HELLO, headers=headers) as response:
        made = response.headers["x-request-id"]
    assert made not in ("", given)
    assert server.metadata["x-request-id"] == made


async def test_traces_go_on_and_nothing_else_does(gateway: Gateway, server: FakeServer) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"traceparent": trace, "Authorization": "Bearer x", "priority": "9", "tenant": "t"}
    async with gateway.chat(HELLO, headers=headers) as response:
        assert response.status == 200
    assert server.metadata["traceparent"] == trace
    assert {"authorization", "priority", "tenant"}.isdisjoint(server.metadata)
