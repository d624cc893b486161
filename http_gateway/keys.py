"""What the application and a request carry, by typed key."""

from aiohttp import web

from http_gateway.backend import Backend
from http_gateway.byte_budget import ByteBudget
from http_gateway.config import GatewayConfig
from http_gateway.lifecycle import Drain
from http_gateway.media.source import MediaSource
from http_gateway.operations.metrics import Metrics

CONFIG = web.AppKey("CONFIG", GatewayConfig)
BACKEND = web.AppKey("BACKEND", Backend)
MEDIA = web.AppKey("MEDIA", MediaSource)
METRICS = web.AppKey("METRICS", Metrics)
DRAIN = web.AppKey("DRAIN", Drain)
BYTES = web.AppKey("BYTES", ByteBudget)

REQUEST_ID = web.RequestKey("REQUEST_ID", str)
