"""The same metrics under the names that vLLM dashboards use."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector

# Metrics with the same meaning. Older versions have another name for the time between tokens.
_NAMES = {
    "num_requests_running": ("vllm:num_requests_running",),
    "num_requests_waiting": ("vllm:num_requests_waiting",),
    "gpu_cache_usage_perc": ("vllm:kv_cache_usage_perc",),
    "prompt_tokens": ("vllm:prompt_tokens",),
    "generation_tokens": ("vllm:generation_tokens",),
    "request_finish": ("vllm:request_success",),
    "time_to_first_token_seconds": ("vllm:time_to_first_token_seconds",),
    "time_per_output_token_seconds": (
        "vllm:inter_token_latency_seconds",
        "vllm:time_per_output_token_seconds",
    ),
    "request_time_per_output_token_seconds": ("vllm:request_time_per_output_token_seconds",),
    "e2e_request_latency_seconds": ("vllm:e2e_request_latency_seconds",),
    "request_prompt_tokens": ("vllm:request_prompt_tokens",),
    "request_generation_tokens": ("vllm:request_generation_tokens",),
    "iteration_tokens_total": ("vllm:iteration_tokens_total",),
    "num_preemptions": ("vllm:num_preemptions",),
}


class VllmNames(Collector):
    """Copies the metrics of a registry that vLLM has, under vLLM's names and labels."""

    def __init__(self, registry: CollectorRegistry, model_name: str) -> None:
        self._registry = registry
        self._labels = {"model_name": model_name, "engine": "0"}

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            for name in _NAMES.get(metric.name, ()):
                yield self._renamed(metric, name)

    def _renamed(self, metric: Metric, name: str) -> Metric:
        renamed = Metric(name, metric.documentation, metric.type)
        renamed.samples = [
            sample._replace(
                name=name + sample.name.removeprefix(metric.name),
                labels=self._labels | sample.labels,
            )
            for sample in metric.samples
        ]
        return renamed
