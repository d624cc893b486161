import pytest
from prometheus_client.parser import text_string_to_metric_families

from inference_server.engine.types import Load, StepRecord
from inference_server.observability.metrics import Metrics

LOAD = Load(num_running=3, num_waiting=2, num_waiting_tokens=70, cache_usage=0.25)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("captioner")


def samples(metrics: Metrics) -> dict[str, float]:
    """Value by name, and by the kind where there are kinds."""
    families = text_string_to_metric_families(metrics.text(LOAD))
    return {
        ".".join((sample.name, *sample.labels.get("kind", "").split())): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_load_is_shown_as_it_is_now(metrics: Metrics) -> None:
    shown = samples(metrics)
    assert shown["num_requests_running"] == shown["vllm:num_requests_running"] == 3
    assert shown["num_requests_waiting"] == shown["vllm:num_requests_waiting"] == 2
    assert shown["gpu_cache_usage_perc"] == shown["vllm:kv_cache_usage_perc"] == 0.25


def test_an_answer_counts_its_size_and_times(metrics: Metrics) -> None:
    metrics.record_answer(prompt_tokens=10, completion_tokens=5, first_token_s=1.0, total_s=3.0)
    shown = samples(metrics)
    assert shown["request_success_total"] == 1
    assert shown["request_prompt_tokens_sum"] == 10
    assert shown["request_generation_tokens_sum"] == 5
    assert shown["time_to_first_token_seconds_sum"] == 1.0
    assert shown["e2e_request_latency_seconds_sum"] == 3.0
    assert shown["request_time_per_output_token_seconds_sum"] == pytest.approx(0.5)
    assert shown["vllm:request_time_per_output_token_seconds_count"] == 1


def test_an_answer_of_one_token_says_nothing_about_the_time_between_tokens(
    metrics: Metrics,
) -> None:
    metrics.record_answer(prompt_tokens=10, completion_tokens=1, first_token_s=1.0, total_s=1.0)
    assert samples(metrics)["request_time_per_output_token_seconds_count"] == 0


def test_the_time_between_tokens_is_counted_for_each_token(metrics: Metrics) -> None:
    metrics.record_intervals(0.04, 1)
    metrics.record_intervals(0.12, 3)
    shown = samples(metrics)
    for name in (
        "time_per_output_token_seconds",
        "vllm:inter_token_latency_seconds",
        "vllm:time_per_output_token_seconds",
    ):
        assert shown[f"{name}_count"] == 4
        assert shown[f"{name}_sum"] == pytest.approx(0.16)
    assert shown["request_time_per_output_token_seconds_count"] == 0


def test_tokens_add_up(metrics: Metrics) -> None:
    metrics.record_tokens(prompt_tokens=10, completion_tokens=5)
    metrics.record_tokens(prompt_tokens=20, completion_tokens=1)
    shown = samples(metrics)
    assert (shown["prompt_tokens_total"], shown["generation_tokens_total"]) == (30, 6)


def test_steps_count_rows_tokens_tiles_and_preemptions(metrics: Metrics) -> None:
    for step in (
        StepRecord(num_decodes=3, num_chunks=1, num_tokens=103, num_tiles=4, num_preempted=2),
        StepRecord(num_preempted=2),
        StepRecord(num_decodes=4, num_tokens=4, num_preempted=3),
    ):
        metrics.record_step(step)
    shown = samples(metrics)
    assert (shown["engine_rows_total.decode"], shown["engine_rows_total.chunk"]) == (7, 1)
    assert shown["iteration_tokens_total_sum"] == 107
    assert shown["iteration_tokens_total_count"] == 2
    assert shown["engine_tiles_total"] == 4
    assert shown["num_preemptions_total"] == 3


def test_two_servers_in_a_process_share_nothing(metrics: Metrics) -> None:
    metrics.record_finish("stop")
    assert "request_finish_total{" in metrics.text(LOAD)
    assert "request_finish_total{" not in Metrics("captioner").text(LOAD)
