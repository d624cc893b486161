"""The server's metrics, under the names that dashboards of this model's container use."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from inference_server.engine.types import Load, StepRecord
from inference_server.observability.vllm_names import VllmNames
from serving.log_writer import num_dropped_lines

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
_REQUEST_TOKENS_BUCKETS = tuple(
    digit * 10**exponent for exponent in range(6) for digit in (1, 2, 5)
)
_STEP_TOKENS_BUCKETS = (1, *(2**exponent for exponent in range(3, 15)))


class Metrics:
    """Counters and histograms of one server process, in a registry of its own.

    Every engine counts answers and failures; only an engine with steps counts those.
    """

    def __init__(self, model_name: str) -> None:
        self._registry = CollectorRegistry()
        self._vllm_registry = CollectorRegistry()
        self._vllm_registry.register(VllmNames(self._registry, model_name))
        self._num_running = self._gauge("num_requests_running", "Sequences in the engine.")
        self._num_waiting = self._gauge("num_requests_waiting", "Sequences that wait to run.")
        self._cache_usage = self._gauge("gpu_cache_usage_perc", "KV cache in use, 0 to 1.")
        self._prompt_tokens = self._counter("prompt_tokens", "Prompt tokens of started answers.")
        self._generation_tokens = self._counter("generation_tokens", "Tokens generated.")
        self._success = self._counter("request_success", "Requests answered completely.")
        self._failure = self._counter("request_failure", "Calls that failed.", "method", "code")
        self._finish = self._counter("request_finish", "Choices finished.", "finished_reason")
        self._first_token = self._histogram("time_to_first_token_seconds", _TTFT_BUCKETS)
        self._per_token = self._histogram("time_per_output_token_seconds", _PER_TOKEN_BUCKETS)
        self._request_per_token = self._histogram(
            "request_time_per_output_token_seconds", _PER_TOKEN_BUCKETS
        )
        self._latency = self._histogram("e2e_request_latency_seconds", _LATENCY_BUCKETS)
        self._request_prompt = self._histogram("request_prompt_tokens", _REQUEST_TOKENS_BUCKETS)
        self._request_generation = self._histogram(
            "request_generation_tokens", _REQUEST_TOKENS_BUCKETS
        )
        self._step_tokens = self._histogram("iteration_tokens_total", _STEP_TOKENS_BUCKETS)
        self._rows = self._counter("engine_rows", "Rows of steps, by kind.", "kind")
        self._tiles = self._counter("engine_tiles", "Tiles of images and video frames encoded.")
        self._preemptions = self._counter(
            "num_preemptions", "Sequences that were preempted and started again."
        )
        self._num_preempted = 0
        self._gauge("log_lines_dropped", "Log lines that nothing took.").set_function(
            num_dropped_lines
        )

    def record_tokens(self, *, prompt_tokens: int, completion_tokens: int) -> None:
        """Counts the tokens of one request, whether its answer is complete or not."""
        self._prompt_tokens.inc(prompt_tokens)
        self._generation_tokens.inc(completion_tokens)

    def record_answer(
        self, *, prompt_tokens: int, completion_tokens: int, first_token_s: float, total_s: float
    ) -> None:
        """Counts one completely answered request. Times start when it is accepted."""
        self._success.inc()
        self._request_prompt.observe(prompt_tokens)
        self._request_generation.observe(completion_tokens)
        self._first_token.observe(first_token_s)
        self._latency.observe(total_s)
        if completion_tokens > 1:
            self._request_per_token.observe((total_s - first_token_s) / (completion_tokens - 1))

    def record_intervals(self, seconds: float, num_tokens: int) -> None:
        """Counts the time between tokens of a choice: `num_tokens` came in so many seconds."""
        for _ in range(num_tokens):
            self._per_token.observe(seconds / num_tokens)

    def record_finish(self, reason: str) -> None:
        """Counts one finished choice."""
        self._finish.labels(reason).inc()

    def record_failure(self, method: str, code: str) -> None:
        """Counts one call whose status is not OK."""
        self._failure.labels(method, code).inc()

    def record_step(self, step: StepRecord) -> None:
        """Counts what one step of the engine computed."""
        if step.num_tokens:
            self._step_tokens.observe(step.num_tokens)
        self._rows.labels("decode").inc(step.num_decodes)
        self._rows.labels("chunk").inc(step.num_chunks)
        self._tiles.inc(step.num_tiles)
        self._preemptions.inc(step.num_preempted - self._num_preempted)
        self._num_preempted = step.num_preempted

    def text(self, load: Load) -> str:
        """All metrics in the Prometheus text format, with the current load."""
        self._num_running.set(load.num_running)
        self._num_waiting.set(load.num_waiting)
        self._cache_usage.set(load.cache_usage)
        registries = (self._registry, self._vllm_registry)
        return "".join(generate_latest(registry).decode() for registry in registries)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _histogram(self, name: str, buckets: tuple[float, ...]) -> Histogram:
        unit = "seconds" if name.endswith("_seconds") else "tokens"
        return Histogram(name, f"In {unit}.", buckets=buckets, registry=self._registry)
