"""The gateway's own metrics. Callers cannot choose a label's value."""

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from serving.log_writer import num_dropped_lines

_PREFIX = "nemotron_vl_gateway_"
_BUCKETS_S = (0.005, 0.02, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640)


class Metrics:
    """Counters and histograms of one gateway, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            f"{_PREFIX}requests",
            "Requests by route and status; 499 if the client left. A stream that fails has the "
            "status of its failure, although its head says 200.",
            ("route", "status"),
            registry=self._registry,
        )
        self.duration_s = Histogram(
            f"{_PREFIX}request_duration_seconds",
            "Seconds from a request's headers to the end of its answer.",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self.in_flight = Gauge(
            f"{_PREFIX}requests_in_flight", "Requests being answered.", registry=self._registry
        )
        self.media = Histogram(
            f"{_PREFIX}media_duration_seconds",
            "Seconds to decode or fetch all media of a request that has any.",
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self.backend_up = Gauge(
            f"{_PREFIX}backend_up",
            "Whether the inference server answered this scrape.",
            ("backend",),
            registry=self._registry,
        )
        Gauge(
            f"{_PREFIX}log_lines_dropped", "Log lines that nothing took.", registry=self._registry
        ).set_function(num_dropped_lines)

    def exposition(self) -> str:
        """All metrics in the Prometheus text format."""
        return generate_latest(self._registry).decode()


METRICS = web.AppKey("METRICS", Metrics)
