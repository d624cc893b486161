"""Puts the gateway together, and runs it from start to drain."""

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from http_gateway.backend import BACKEND, open_backend
from http_gateway.byte_budget import BYTES, ByteBudget
from http_gateway.chat import handler
from http_gateway.config import CONFIG, GatewayConfig
from http_gateway.edge.auth import require_key
from http_gateway.edge.connection import EnvelopeRunner, meet_expectation
from http_gateway.edge.cors import allow_origins
from http_gateway.edge.middlewares import account, errors, mark
from http_gateway.lifecycle import DRAIN, Drain
from http_gateway.media.source import MAX_FETCHES, MEDIA, MediaSource
from http_gateway.metrics import METRICS, Metrics
from http_gateway.operations import metadata, models, probes

_logger = logging.getLogger(__name__)

# Generations had their grace; what is left then are answers of a few milliseconds.
_CLOSE_TIMEOUT_S = 2.0


def create_app(config: GatewayConfig) -> web.Application:
    """The application. It listens to nothing yet and connects when it is started."""
    app = web.Application(
        middlewares=[
            account,
            errors,
            allow_origins(config.cors_allow_origins),
            require_key([key.get_secret_value() for key in config.api_keys]),
        ],
    )
    app[CONFIG] = config
    app[METRICS] = Metrics()
    app[DRAIN] = Drain()
    app[BYTES] = ByteBudget(config.max_bytes_in_flight)
    app.cleanup_ctx.append(_backend)
    app.cleanup_ctx.append(_media)
    app.on_response_prepare.append(mark)
    app.add_routes(
        [
            web.post(
                "/v1/chat/completions",
                handler.chat_completions,
                expect_handler=meet_expectation,
            ),
            web.get("/v1/models", models.list_models),
            web.get("/v1/models/{model:.+}", models.get_model),
            web.get("/v1/health/live", probes.live),
            web.get("/v1/health/ready", probes.ready),
            web.get("/health", probes.health),
            web.get("/metrics", probes.metrics),
            web.get("/v1/metrics", probes.metrics),
            web.get("/v1/metadata", metadata.describe),
            web.get("/v1/version", metadata.version),
            web.get("/v1/license", metadata.license_text),
        ]
    )
    return app


def create_runner(app: web.Application) -> web.AppRunner:
    """The runner that every caller must use: a client that leaves cancels its handler, bodies are
    never unpacked, and a connection without a request is closed some time.
    """
    return EnvelopeRunner(
        app,
        handler_cancellation=True,
        auto_decompress=False,
        access_log=None,
        # From the connection's first moment on: for the head of a request, too.
        keepalive_timeout=app[CONFIG].idle_timeout_s,
        shutdown_timeout=_CLOSE_TIMEOUT_S,
    )


async def serve(config: GatewayConfig) -> None:
    """Runs until SIGTERM or SIGINT, then lets running answers finish. Raises OSError where it
    cannot listen.
    """
    # As many as fetches, so that none waits for a thread on its own time: a lookup takes one for as
    # long as its name server keeps silent.
    lookups = ThreadPoolExecutor(MAX_FETCHES, thread_name_prefix="lookup")
    asyncio.get_running_loop().set_default_executor(lookups)
    app = create_app(config)
    runner = create_runner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, config.host, config.port).start()
        for host, port, *_ in runner.addresses:
            _logger.info("listening on http://%s:%d, in front of %s", host, port, config.backend)
        await _signal()
        _logger.info("draining")
        if not await app[DRAIN].begin(config.drain_grace_s):
            _logger.warning("the grace is over with answers still running")
    finally:
        await runner.cleanup()
    _logger.info("stopped")


async def _signal() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


async def _backend(app: web.Application) -> AsyncGenerator[None]:
    async with open_backend(app[CONFIG]) as backend:
        app[BACKEND] = backend
        yield


async def _media(app: web.Application) -> AsyncGenerator[None]:
    async with MediaSource(app[CONFIG]) as media:
        app[MEDIA] = media
        yield
