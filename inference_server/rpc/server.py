"""The gRPC server: our two services, health on two levels, reflection, and the drain.

The health of "" is that of the process, and the health of InferenceService that of the model. The
server listens from the start; the model's health becomes SERVING when `open` is called.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from nemotron_vl.services import HEALTH_SERVICE, INFERENCE_SERVICE, MODEL_SERVICE
from nemotron_vl.v1 import inference_pb2_grpc, model_pb2_grpc

from inference_server.config import RpcConfig
from inference_server.observability.metrics import Metrics
from inference_server.rpc.accept_loop import aio_server
from inference_server.rpc.admission.calls_in_flight import CallsInFlight
from inference_server.rpc.admission.interceptor import CallInterceptor
from inference_server.rpc.gate import Gate, Served
from inference_server.rpc.health import ListableHealth
from inference_server.rpc.inference import InferenceServicer
from inference_server.rpc.model import ModelServicer
from inference_server.rpc.self_check import wait_until_unresponsive

logger = logging.getLogger(__name__)

SERVICES = (INFERENCE_SERVICE, MODEL_SERVICE, HEALTH_SERVICE, reflection.SERVICE_NAME)

# Time for interrupted calls to send their status.
_CUT_OFF_GRACE_S = 1.0

_MIN_PING_INTERVAL_MS = 2_500
# A client connects again by itself when it needs to.
_MAX_CONNECTION_IDLE_MS = 10 * 60_000
_HANDSHAKE_TIMEOUT_MS = 20_000
_LONG_S = 3600.0
# Of one connection, beside the calls that may be in flight.
_STREAMS_TO_REFUSE = 4096

_LOOPBACK_BY_ANY = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class RpcServer:
    """Made by `listening`, opened when the model is loaded, drained before the end."""

    def __init__(
        self, server: grpc.aio.Server, gate: Gate, calls: CallsInFlight, health: ListableHealth
    ) -> None:
        self.address = ""
        self._server = server
        self._gate = gate
        self._calls = calls
        self._health = health

    async def open(self, served: Served) -> None:
        """Accepts calls."""
        self._gate.open(served)
        await self._health.set(INFERENCE_SERVICE, _SERVING)

    async def drain(self, grace_s: float) -> None:
        """Refuses new calls and waits for the running ones. Health still answers."""
        self._gate.close("The server is stopping.")
        await self._health.set(INFERENCE_SERVICE, _NOT_SERVING)
        await self._wait_idle(grace_s)

    async def fail(self, grace_s: float) -> None:
        """Marks model and process as not serving, for good, and lets calls end with their error."""
        self._gate.close("The engine has failed.")
        await self._health.enter_graceful_shutdown()
        await self._wait_idle(grace_s)

    async def until_broken(self) -> None:
        """Returns once the server no longer answers, though nobody has stopped it."""
        check = asyncio.create_task(wait_until_unresponsive(_dialed(self.address)))
        end = asyncio.create_task(self._until_ended())
        try:
            await asyncio.wait((check, end), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (check, end):
                task.cancel()
            await asyncio.gather(check, end, return_exceptions=True)

    async def _until_ended(self) -> None:
        # Without a time limit, canceling this would cancel the end of the server itself.
        with suppress(Exception):
            while await self._server.wait_for_termination(_LONG_S):
                pass

    async def _wait_idle(self, grace_s: float) -> None:
        try:
            await asyncio.wait_for(self._calls.wait_idle(), grace_s)
        except TimeoutError:
            logger.warning("the grace period of %g s is over: running calls are cut off", grace_s)


@asynccontextmanager
async def listening(config: RpcConfig, metrics: Metrics) -> AsyncGenerator[RpcServer]:
    """A server that listens until the context ends, which cuts off calls that still run."""
    gate = Gate()
    calls = CallsInFlight(
        max_calls=config.max_calls,
        max_bytes=config.max_calls_bytes,
        max_caller_share=config.max_caller_share,
    )
    health = ListableHealth()
    await health.set(INFERENCE_SERVICE, _NOT_SERVING)
    server = aio_server([CallInterceptor(calls, metrics, config)], channel_options(config))
    inference = InferenceServicer(gate, calls, config)
    inference_pb2_grpc.add_InferenceServiceServicer_to_server(inference, server)
    model_pb2_grpc.add_ModelServiceServicer_to_server(ModelServicer(gate, metrics), server)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    reflection.enable_server_reflection(SERVICES, server)
    rpc_server = RpcServer(server, gate, calls, health)
    address = f"{_bracketed(config.grpc_host)}:{config.grpc_port}"
    try:
        port = server.add_insecure_port(address)
    except RuntimeError:
        raise OSError(f"cannot listen on {address}: is the port taken?") from None
    rpc_server.address = f"{_bracketed(config.grpc_host)}:{port}"
    await server.start()
    try:
        yield rpc_server
    finally:
        await server.stop(_CUT_OFF_GRACE_S)


def channel_options(config: RpcConfig) -> list[tuple[str, int]]:
    """Options of the transport. The library silently ignores a misspelled name."""
    most_streams = config.max_calls + _STREAMS_TO_REFUSE
    return [
        ("grpc.max_receive_message_length", config.max_message_bytes),
        ("grpc.max_send_message_length", config.max_message_bytes),
        # Beyond its own limits the library cancels calls without a word, or lets them wait at the
        # client, so ours come first.
        ("grpc.server.max_pending_requests", 4 * most_streams),
        ("grpc.server.max_pending_requests_hard_limit", 8 * most_streams),
        ("grpc.max_concurrent_streams", most_streams),
        ("grpc.max_allowed_incoming_connections", config.max_connections),
        ("grpc.max_connection_idle_ms", _MAX_CONNECTION_IDLE_MS),
        ("grpc.server_handshake_timeout_ms", _HANDSHAKE_TIMEOUT_MS),
        # With it, two servers could share one port, and each would get some of the connections.
        ("grpc.so_reuseport", 0),
        # Dead clients are detected. Clients may ping every five seconds, idle or not; a ping that
        # comes a little early by the network's doing is no fault of theirs.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", _MIN_PING_INTERVAL_MS),
    ]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _dialed(address: str) -> str:
    """The address at which this machine reaches the server."""
    host, _, port = address.rpartition(":")
    return f"{_LOOPBACK_BY_ANY.get(host, host)}:{port}"
