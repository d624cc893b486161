from dataclasses import replace

import pytest
from nemotron_vl.cli.bench.outcome import Outcome
from nemotron_vl.cli.bench.statistics import percentile, spread, statistics_of


def outcome(
    *arrivals_s: float, start_s: float = 0.0, end_s: float = 1.0, tokens: int = 0, error: str = ""
) -> Outcome:
    return Outcome(
        start_s=start_s,
        end_s=end_s,
        arrivals_s=arrivals_s,
        prompt_tokens=10,
        completion_tokens=tokens,
        error=error or None,
    )


@pytest.mark.parametrize(
    ("count", "percent", "expected"),
    [(1, 50, 1), (1, 99, 1), (2, 50, 1), (3, 50, 2), (10, 90, 9), (11, 90, 10), (200, 99, 198)],
)
def test_percentile_is_the_least_value_that_enough_do_not_exceed(
    count: int, percent: int, expected: int
) -> None:
    values = [float(number) for number in range(1, count + 1)]
    assert percentile(values, percent) == expected
    assert sum(value <= expected for value in values) >= count * percent / 100
    assert sum(value < expected for value in values) < count * percent / 100


def test_spread_is_in_milliseconds_whatever_the_order() -> None:
    result = spread([0.003, 0.001, 0.002])
    assert result is not None
    assert (result.mean, result.p50, result.max) == (pytest.approx(2.0), 2.0, 3.0)
    assert spread([]) is None


def test_tokens_are_those_of_the_usage_and_events_are_counted_apart() -> None:
    result = statistics_of([outcome(0.5, 0.7, end_s=1.0, tokens=5)])
    assert (result.output_tokens, result.num_events) == (5, 2)
    assert result.first_token_ms is not None
    assert result.first_token_ms.max == pytest.approx(500)
    assert result.inter_token_ms is not None
    assert result.inter_token_ms.mean == pytest.approx(50)  # 200 ms for the four after the first
    assert result.gap_ms is not None
    assert result.gap_ms.max == pytest.approx(200)


def test_worst_gap_is_the_worst_of_all_requests() -> None:
    result = statistics_of([outcome(0.1, 0.2, tokens=2), outcome(0.1, 0.2, 0.9, tokens=3)])
    assert result.gap_ms is not None
    assert result.gap_ms.max == pytest.approx(700)


def test_rates_count_what_succeeded_from_the_first_start_to_the_last_end() -> None:
    result = statistics_of(
        [
            outcome(2.0, start_s=1.0, end_s=3.0, tokens=6),
            outcome(start_s=2.0, end_s=5.0, error="500"),
            outcome(2.0, start_s=1.5, end_s=4.0, tokens=2),
        ]
    )
    assert (result.num_requests, result.num_succeeded, result.duration_s) == (3, 2, 4.0)
    assert result.requests_per_s == pytest.approx(0.5)
    assert result.output_tokens_per_s == pytest.approx(2.0)


def test_errors_are_counted_by_kind_and_have_no_times() -> None:
    failed = [outcome(end_s=9.0, error=kind) for kind in ("503 x", "400 y", "503 x")]
    result = statistics_of(failed)
    assert result.errors == {"503 x": 2, "400 y": 1}
    assert (result.first_token_ms, result.end_to_end_ms) == (None, None)
    assert (result.requests_per_s, result.output_tokens_per_s) == (0.0, 0.0)


def test_first_message_of_a_kind_is_kept_on_one_line_and_cut() -> None:
    said = [("400 y", ""), ("400 y", "one\n two"), ("400 y", "three"), ("503 x", "long" * 99)]
    failed = [replace(outcome(error=kind), message=message) for kind, message in said]
    messages = statistics_of([outcome(0.5), *failed]).messages
    assert messages == {"400 y": "one two", "503 x": "long" * 50}


def test_nothing_measured_is_no_error() -> None:
    assert statistics_of([]).num_requests == 0


def test_one_token_has_no_time_between_tokens() -> None:
    assert statistics_of([outcome(0.5, tokens=1)]).inter_token_ms is None
