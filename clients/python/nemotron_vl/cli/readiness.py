"""Waits until both servers answer, and then prints an example request; later says it is back."""

import asyncio
import errno
import json
import socket
import sys
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from nemotron_vl.aio import AsyncClient
from nemotron_vl.cli.notices import STDOUT, warn, write
from nemotron_vl.errors import NemotronError
from nemotron_vl.v1 import model_pb2

_POLL_PERIOD_S = 0.2
_POLL_TIMEOUT_S = 2.0

# 160 x 160 pixels: a red circle and a blue square on white, which the demo model describes well.
_IMAGE = (
    "iVBORw0KGgoAAAANSUhEUgAAAKAAAACgAgMAAAD2oY++AAAACVBMVEX////cKCgoUMiWwJaTAAAA2klEQVR42u2WsQ2D"
    "MBBFP4j0FMk+HoGC7JNxIiUFIzBFliAFfZCcBtnGwJ2jWFT/NbZO3/9zhyUACCGEEELIgiLYthj6XWHpty1w2Xes3O4E"
    "AE03n7+7+usWOTZOLUfPD2tU4XmxCEKzmsK2sIgO7Apd97U+R5kyNqoUodl4p39FBz4mj2PQQp1pPKnCeuuGHhNNoSgc"
    "fWU6ODrIG/M4Wl/pMzXjfKwiHJUx/h49KdNxQqs07aN7uRcvfC8WQWjl5KDrDgA+Kd/CK4BHyjV7AgP/IgghhBBCkvkC"
    "5PQeYlHHTjkAAAAASUVORK5CYII="
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a server listens."""

    host: str
    port: int

    @property
    def local_host(self) -> str:
        """An address that reaches it from this machine."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def target(self) -> str:
        host = self.local_host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def is_taken(self) -> bool:
        """Whether another process listens there. The server itself reports invalid addresses."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            socket.create_server((self.host, self.port), family=family).close()
        except OSError as error:
            return error.errno == errno.EADDRINUSE
        return False


async def announce_ready(
    restarted: asyncio.Event, grpc: Endpoint, http: Endpoint, *, has_api_key: bool
) -> None:
    """Prints the addresses once the model serves, and says so again whenever the event was set."""
    model = await _until_ready(grpc, http)
    write(STDOUT, _welcome(model, grpc, http, has_api_key=has_api_key))
    while True:
        restarted.clear()
        await restarted.wait()
        await _until_ready(grpc, http)
        warn("ready again")


async def _until_ready(grpc: Endpoint, http: Endpoint) -> model_pb2.Model:
    """Waits until the model serves over both.

    HTTP is polled first, since a refused gRPC channel reconnects slowly; and last, since a gateway
    does not know at once that its server has died.
    """
    await _until_http_ready(http)
    async with AsyncClient(grpc.target, timeout_s=_POLL_TIMEOUT_S) as client:
        while (model := await _served_model(client)) is None:
            await asyncio.sleep(_POLL_PERIOD_S)
    await _until_http_ready(http)
    return model


async def _until_http_ready(http: Endpoint) -> None:
    while not await asyncio.to_thread(_is_http_ready, http):
        await asyncio.sleep(_POLL_PERIOD_S)


async def _served_model(client: AsyncClient) -> model_pb2.Model | None:
    try:
        return await client.model() if await client.health() else None
    except NemotronError:
        return None


def _is_http_ready(http: Endpoint) -> bool:
    connection = HTTPConnection(http.local_host, http.port, timeout=_POLL_TIMEOUT_S)
    try:
        connection.request("GET", "/v1/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _welcome(model: model_pb2.Model, grpc: Endpoint, http: Endpoint, *, has_api_key: bool) -> str:
    url = f"http://{http.target}/v1"
    key = "-H 'Authorization: Bearer YOUR-KEY' " if has_api_key else ""
    content = [
        {"type": "text", "text": "What is in this image?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{_IMAGE}"}},
    ]
    body = {
        "model": model.name,
        "messages": [{"role": "user", "content": content}],
        "max_tokens": 64,
        "temperature": 0,
    }
    return f"""\

Ready: {model.name} at {url} (OpenAI) and {grpc.target} (gRPC). Ctrl-C stops.

  curl -s {url}/chat/completions -H 'Content-Type: application/json' {key}-d '{json.dumps(body)}'

  {sys.argv[0]} caption --address {grpc.target} IMAGE...

"""
