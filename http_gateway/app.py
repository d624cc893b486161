"""Assembles the gateway and runs it from start to drain."""

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator

from aiohttp import web

from http_gateway.backend import BACKEND, open_backend
from http_gateway.byte_budget import BYTES, ByteBudget
from http_gateway.chat import handler
from http_gateway.config import CONFIG, GatewayConfig
from http_gateway.edge.auth import require_key
from http_gateway.edge.connection import EnvelopeRunner, meet_expectation
from http_gateway.edge.connections import Connections
from http_gateway.edge.cors import allow_origins
from http_gateway.edge.keys import read_keys
from http_gateway.edge.middlewares import account, errors, mark
from http_gateway.edge.pages import refuse_pages
from http_gateway.lifecycle import DRAIN, Drain
from http_gateway.media.source import MEDIA, MediaSource
from http_gateway.metrics import METRICS, Metrics
from http_gateway.operations import metadata, models, probes

_logger = logging.getLogger(__name__)

# Running generations have ended by then; other answers take a few milliseconds.
_CLOSE_TIMEOUT_S = 2.0

_READ_BYTES = 64 * 1024


def create_app(config: GatewayConfig) -> web.Application:
    """The application. It does not listen yet, and it connects when it is started.

    Raises SettingError if the file of keys has none.
    """
    keys = read_keys(config)
    app = web.Application(
        middlewares=[
            account,
            errors,
            allow_origins(config.cors_allow_origins),
            # A page has no key.
            *([] if keys else [refuse_pages(config)]),
            require_key(keys),
        ],
    )
    app[CONFIG] = config
    app[METRICS] = Metrics()
    app[DRAIN] = Drain()
    app[BYTES] = ByteBudget(config.max_bytes_in_flight, max_caller_share=config.max_caller_share)
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
    """The runner, with the options that the handlers rely on: a client that leaves cancels its
    handler, bodies are never decompressed, and idle connections are closed.
    """
    config = app[CONFIG]
    return EnvelopeRunner(
        app,
        connections=Connections(config.max_connections, config.max_caller_share),
        handler_cancellation=True,
        auto_decompress=False,
        access_log=None,
        # Counts from the start of the connection, so it limits the head of a request, too.
        keepalive_timeout=config.idle_timeout_s,
        shutdown_timeout=_CLOSE_TIMEOUT_S,
        # Each connection may hold twice as much of a body that nobody reads yet.
        read_bufsize=_READ_BYTES,
    )


async def serve(config: GatewayConfig) -> None:
    """Runs until SIGTERM or SIGINT, then lets running answers finish. Raises OSError if it cannot
    listen, and SettingError if the file of keys has none.
    """
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
            _logger.warning("answers still run after the grace period and are cut off")
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
