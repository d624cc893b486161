"""The connection to the inference server: channels, stubs, and whether it is ready."""

import asyncio
import itertools
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc
from aiohttp import web
from grpc_health.v1 import health_pb2
from nemotron_vl.services import HEALTH_CHECK, INFERENCE_SERVICE
from nemotron_vl.v1 import inference_pb2_grpc, model_pb2_grpc

from http_gateway.config import GatewayConfig

if TYPE_CHECKING:
    from nemotron_vl.v1.inference_pb2_grpc import InferenceServiceAsyncStub
    from nemotron_vl.v1.model_pb2_grpc import ModelServiceAsyncStub

_CheckHealth = grpc.aio.UnaryUnaryMultiCallable[
    health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse
]

_logger = logging.getLogger(__name__)

_CHECK_TIMEOUT_S = 2.0
_PAUSE_S = {True: 1.0, False: 0.25}


class Backend:
    """A fixed pool of channels. A large message holds up others on its connection, so calls are
    spread over several.
    """

    def __init__(self, channels: Sequence[grpc.aio.Channel]) -> None:
        self._inference = itertools.cycle(
            [inference_pb2_grpc.InferenceServiceStub(channel) for channel in channels]
        )
        self._models = model_pb2_grpc.ModelServiceStub(channels[0])
        self._checks: list[_CheckHealth] = [
            channel.unary_unary(
                HEALTH_CHECK,
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )
            for channel in channels
        ]
        self.is_ready = False

    @property
    def inference(self) -> "InferenceServiceAsyncStub":
        """A stub on the next connection."""
        return next(self._inference)

    @property
    def models(self) -> "ModelServiceAsyncStub":
        """A stub of the service that describes models."""
        return self._models

    async def watch(self) -> None:
        """Keeps `is_ready` up to date until it is cancelled.

        Polls instead of holding a Watch, whose last answer stays valid when the server hangs.
        """
        while True:
            # On every connection: calls fail on one that waits to reconnect.
            are_ready = await asyncio.gather(*map(_is_serving, self._checks))
            was_ready = self.is_ready
            self.is_ready = any(are_ready) and False not in are_ready
            if self.is_ready is not was_ready:
                _logger.info("inference server %s", "is ready" if self.is_ready else "is not ready")
            await asyncio.sleep(_PAUSE_S[self.is_ready])


BACKEND = web.AppKey("BACKEND", Backend)


async def _is_serving(check: _CheckHealth) -> bool | None:
    """None if the answer is late: a large message may hold it up."""
    request = health_pb2.HealthCheckRequest(service=INFERENCE_SERVICE)
    try:
        response = await check(request, timeout=_CHECK_TIMEOUT_S)
    except grpc.aio.AioRpcError as error:
        return None if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED else False
    return response.status == health_pb2.HealthCheckResponse.SERVING


@asynccontextmanager
async def open_backend(config: GatewayConfig) -> AsyncGenerator[Backend]:
    """A backend that watches its server until the block ends."""
    channels = [
        grpc.aio.insecure_channel(config.backend, options=channel_options(config))
        for _ in range(config.num_channels)
    ]
    backend = Backend(channels)
    watch = asyncio.create_task(backend.watch())
    try:
        yield backend
    finally:
        watch.cancel()
        await asyncio.gather(
            watch, *(channel.close() for channel in channels), return_exceptions=True
        )


def channel_options(config: GatewayConfig) -> list[tuple[str, int]]:
    """Options of every channel. The library silently ignores a misspelled name."""
    return [
        ("grpc.max_send_message_length", config.max_message_bytes),
        ("grpc.max_receive_message_length", config.max_message_bytes),
        # With the probe, the window grows to megabytes, and a slow reader is noticed late.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        # A long prefill sends no data; pings must continue.
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        # Despite its name, the time limit for connecting. Calls fail when it is over, and a distant
        # server or a busy machine needs longer than the pauses above.
        ("grpc.min_reconnect_backoff_ms", 5_000),
        # Otherwise channels with equal options share one connection.
        ("grpc.use_local_subchannel_pool", 1),
    ]
