import pytest
from prometheus_client.parser import text_string_to_metric_families

from inference_server.engine.types import Load
from inference_server.observability.metrics import Metrics

LOAD = Load(num_running=3, num_waiting=2, num_waiting_tokens=70, cache_usage=0.25)


def samples(metrics: Metrics) -> dict[str, float]:
    families = text_string_to_metric_families(metrics.text(LOAD))
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_the_load_is_shown_as_it_is_now() -> None:
    shown = samples(Metrics())
    assert shown["num_requests_running"] == 3
    assert shown["num_requests_waiting"] == 2
    assert shown["gpu_cache_usage_perc"] == 0.25


def test_an_answer_counts_tokens_and_times() -> None:
    metrics = Metrics()
    metrics.record_answer(prompt_tokens=10, completion_tokens=5, first_token_s=1.0, total_s=3.0)
    shown = samples(metrics)
    assert shown["prompt_tokens_total"] == 10
    assert shown["generation_tokens_total"] == 5
    assert shown["request_success_total"] == 1
    assert shown["time_to_first_token_seconds_sum"] == 1.0
    assert shown["e2e_request_latency_seconds_sum"] == 3.0
    assert shown["time_per_output_token_seconds_sum"] == pytest.approx(0.5)


def test_an_answer_of_one_token_says_nothing_about_the_time_between_tokens() -> None:
    metrics = Metrics()
    metrics.record_answer(prompt_tokens=10, completion_tokens=1, first_token_s=1.0, total_s=1.0)
    assert samples(metrics)["time_per_output_token_seconds_count"] == 0


def test_two_servers_in_a_process_share_nothing() -> None:
    first, second = Metrics(), Metrics()
    first.record_finish("stop")
    assert "request_finish_total{" not in second.text(LOAD)
