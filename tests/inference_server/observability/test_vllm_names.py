import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric

from inference_server.observability.vllm_names import VllmNames

LABELS = {"model_name": "captioner", "engine": "0"}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def renamed(registry: CollectorRegistry) -> dict[str, Metric]:
    return {metric.name: metric for metric in VllmNames(registry, "captioner").collect()}


def test_a_counter_keeps_its_labels_and_gains_those_of_vllm(registry: CollectorRegistry) -> None:
    counter = Counter("request_finish", "Ends.", ["finished_reason"], registry=registry)
    counter.labels("stop").inc(3)
    metric = renamed(registry)["vllm:request_success"]
    assert metric.type == "counter"
    (sample,) = [sample for sample in metric.samples if sample.name.endswith("_total")]
    assert sample.name == "vllm:request_success_total"
    assert sample.labels == LABELS | {"finished_reason": "stop"}
    assert sample.value == 3


def test_a_histogram_is_whole(registry: CollectorRegistry) -> None:
    histogram = Histogram("iteration_tokens_total", "Size.", buckets=(1, 8), registry=registry)
    histogram.observe(5)
    samples = renamed(registry)["vllm:iteration_tokens_total"].samples
    values = {(sample.name, sample.labels.get("le")): sample.value for sample in samples}
    assert values["vllm:iteration_tokens_total_bucket", "1.0"] == 0
    assert values["vllm:iteration_tokens_total_bucket", "8.0"] == 1
    assert values["vllm:iteration_tokens_total_sum", None] == 5


def test_metrics_without_a_vllm_name_are_left_out(registry: CollectorRegistry) -> None:
    Gauge("own", "Nobody else's.", registry=registry).set(1)
    assert renamed(registry) == {}
