"""Outcomes to statistics. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nemotron_vl.cli.bench.outcome import Outcome

_MAX_MESSAGE_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The distribution of a set of times, in milliseconds."""

    mean: float
    p50: float
    p90: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """A load in numbers. Rates count successful requests, from the first start to the last end.

    If there are fewer events than tokens, the server put several tokens into one event: `gap_ms` is
    between events, and `inter_token_ms` is the mean time per token of each request.
    `messages` has the server's message for the first failure of each kind.
    """

    num_requests: int
    num_succeeded: int
    errors: dict[str, int]
    messages: dict[str, str]
    duration_s: float
    requests_per_s: float
    output_tokens_per_s: float
    prompt_tokens: int
    output_tokens: int
    num_events: int
    first_token_ms: Spread | None
    inter_token_ms: Spread | None
    gap_ms: Spread | None
    end_to_end_ms: Spread | None


def statistics_of(outcomes: Sequence[Outcome]) -> Statistics:
    """The statistics of one load. A failed request has no times."""
    good = [outcome for outcome in outcomes if outcome.error is None]
    output_tokens = sum(outcome.completion_tokens for outcome in good)
    starts_s = (outcome.start_s for outcome in outcomes)
    duration_s = max((o.end_s for o in outcomes), default=0.0) - min(starts_s, default=0.0)
    return Statistics(
        num_requests=len(outcomes),
        num_succeeded=len(good),
        errors=dict(Counter(o.error for o in outcomes if o.error is not None).most_common()),
        messages=_first_messages(outcomes),
        duration_s=duration_s,
        requests_per_s=len(good) / duration_s if duration_s else 0.0,
        output_tokens_per_s=output_tokens / duration_s if duration_s else 0.0,
        prompt_tokens=sum(outcome.prompt_tokens for outcome in good),
        output_tokens=output_tokens,
        num_events=sum(len(outcome.arrivals_s) for outcome in good),
        first_token_ms=spread([o.first_token_s for o in good if o.first_token_s is not None]),
        inter_token_ms=spread([o.inter_token_s for o in good if o.inter_token_s is not None]),
        gap_ms=spread([gap_s for outcome in good for gap_s in outcome.gaps_s]),
        end_to_end_ms=spread([outcome.end_s - outcome.start_s for outcome in good]),
    )


def _first_messages(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """The first message of the server for each kind of error, on one line and shortened."""
    messages: dict[str, str] = {}
    for outcome in outcomes:
        if outcome.error is not None and outcome.message:
            line = " ".join(outcome.message.split())
            messages.setdefault(outcome.error, line[:_MAX_MESSAGE_CHARACTERS])
    return messages


def spread(times_s: Sequence[float]) -> Spread | None:
    """The distribution of these times, or None if there are none."""
    if not times_s:
        return None
    ordered = sorted(1000 * time_s for time_s in times_s)
    return Spread(
        mean=math.fsum(ordered) / len(ordered),
        p50=percentile(ordered, 50),
        p90=percentile(ordered, 90),
        p99=percentile(ordered, 99),
        max=ordered[-1],
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest measured value that at least `percent` percent of the values do not exceed."""
    rank = -(-percent * len(ordered) // 100)
    return ordered[max(rank, 1) - 1]
