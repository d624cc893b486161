"""Health and metrics, for orchestrators and scrapers. None waits long for the inference server."""

import grpc
import orjson
from aiohttp import web
from nemotron_vl.v1 import model_pb2

from http_gateway.backend import BACKEND
from http_gateway.config import CONFIG
from http_gateway.lifecycle import DRAIN
from http_gateway.metrics import METRICS

# Kubernetes gives a probe one second, Prometheus ten.
_SCRAPE_TIMEOUT_S = 2.0
_RETRY_AFTER_S = "2"


async def live(_request: web.Request) -> web.Response:
    """GET /v1/health/live: the process answers."""
    return _health(200, "live")


async def ready(request: web.Request) -> web.Response:
    """GET /v1/health/ready: a generation would be accepted."""
    return _health(200, "ready") if _is_ready(request) else _health(503, "not ready")


async def health(request: web.Request) -> web.Response:
    """GET /health: the same as a bare status."""
    return web.Response(status=200 if _is_ready(request) else 503)


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: the gateway's families and, while it answers, the inference server's."""
    own = request.app[METRICS]
    text = await _server_metrics(request)
    own.backend_up.labels(request.app[CONFIG].backend).set(text is not None)
    return web.Response(
        text=own.exposition() + (text or ""),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )


def _is_ready(request: web.Request) -> bool:
    return request.app[BACKEND].is_ready and not request.app[DRAIN].is_draining


def _health(status: int, state: str) -> web.Response:
    body = {"object": "health.response", "message": f"Service is {state}.", "status": state}
    headers = {"Retry-After": _RETRY_AFTER_S} if status == 503 else None
    return web.json_bytes_response(body, dumps=orjson.dumps, status=status, headers=headers)


async def _server_metrics(request: web.Request) -> str | None:
    try:
        response = await request.app[BACKEND].models.GetMetrics(
            model_pb2.GetMetricsRequest(), timeout=_SCRAPE_TIMEOUT_S
        )
    except grpc.aio.AioRpcError as error:
        # A server may be up without having metrics.
        return "" if error.code() is grpc.StatusCode.UNIMPLEMENTED else None
    return response.text
