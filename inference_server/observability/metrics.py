"""The server's metrics, under the names that dashboards of this model's container know."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from inference_server.engine.types import Load

_TTFT_BUCKETS = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75),
    *(1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560),
)
_PER_TOKEN_BUCKETS = (
    *(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75),
    *(1, 2.5, 5, 7.5, 10, 20, 40, 80),
)
_LATENCY_BUCKETS = (
    *(0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60),
    *(120, 240, 480, 960, 1920, 7680),
)


class Metrics:
    """Counters and histograms of one server process, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._num_running = self._gauge("num_requests_running", "Sequences in the engine.")
        self._num_waiting = self._gauge("num_requests_waiting", "Sequences that wait for a place.")
        self._cache_usage = self._gauge("gpu_cache_usage_perc", "KV cache in use, 0 to 1.")
        self._prompt_tokens = self._counter("prompt_tokens", "Tokens of prompts.")
        self._generation_tokens = self._counter("generation_tokens", "Tokens generated.")
        self._success = self._counter("request_success", "Requests answered whole.")
        self._failure = Counter(
            "request_failure", "Calls that failed.", ["method", "code"], registry=self._registry
        )
        self._finish = Counter(
            "request_finish", "Choices finished.", ["finish_reason"], registry=self._registry
        )
        self._first_token = self._histogram("time_to_first_token_seconds", _TTFT_BUCKETS)
        self._per_token = self._histogram("time_per_output_token_seconds", _PER_TOKEN_BUCKETS)
        self._latency = self._histogram("e2e_request_latency_seconds", _LATENCY_BUCKETS)

    def record_answer(
        self, *, prompt_tokens: int, completion_tokens: int, first_token_s: float, total_s: float
    ) -> None:
        """Counts one request that was answered whole; times run from its acceptance."""
        self._success.inc()
        self._prompt_tokens.inc(prompt_tokens)
        self._generation_tokens.inc(completion_tokens)
        self._first_token.observe(first_token_s)
        self._latency.observe(total_s)
        if completion_tokens > 1:
            self._per_token.observe((total_s - first_token_s) / (completion_tokens - 1))

    def record_finish(self, reason: str) -> None:
        self._finish.labels(reason).inc()

    def record_failure(self, method: str, code: str) -> None:
        self._failure.labels(method, code).inc()

    def text(self, load: Load) -> str:
        """The Prometheus text exposition, with the load as it is now."""
        self._num_running.set(load.num_running)
        self._num_waiting.set(load.num_waiting)
        self._cache_usage.set(load.cache_usage)
        return generate_latest(self._registry).decode()

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self._registry)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(name, text, registry=self._registry)

    def _histogram(self, name: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, "In seconds.", buckets=buckets, registry=self._registry)
