import asyncio

import pytest

from inference_server.rpc.server import RpcServer
from tests.inference_server.rpc.calls import Health
from tests.raw_http2 import RawConnection


@pytest.mark.parametrize(
    "path",
    [b"/x\xff", b"\xff", b"", b"/", b"/" + b"\xc3" * 100, b"/nemotron_vl.v1.ModelService/\xff"],
    ids=repr,
)
async def test_no_path_ends_the_server(server: RpcServer, health: Health, path: bytes) -> None:
    """Each is answered, and the next call is, too."""

    def attack() -> None:
        with RawConnection(server.address) as connection:
            connection.open_call(path, ends=True)
            connection.read_until(b"grpc-status")

    for _ in range(2):
        await asyncio.to_thread(attack)
    assert await health("") == "SERVING"
