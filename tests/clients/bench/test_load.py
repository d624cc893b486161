import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import pytest
from nemotron_vl.cli.bench.load import Load, arrival_times, run_load
from nemotron_vl.cli.bench.outcome import Outcome
from nemotron_vl.cli.bench.transport import Exchange, Piece, RequestFailed
from nemotron_vl.cli.bench.workload import Question, Workload

WORKLOAD = Workload(
    kind="text", seed=0, system="", prompt="", num_words=4, width=1, height=1, files=()
)


@dataclass
class FakeTransport:
    """Answers each question with two pieces, and fails those whose text holds `failing`.

    The first answers wait for each other, until so many are open at once.
    """

    failing: str = "nowhere"
    open_first: int = 0
    sent: list[str] = field(default_factory=list)
    num_open: int = 0
    most_open: int = 0

    def prepare(self, question: Question) -> Exchange:
        return partial(self._send, question.text)

    async def close(self) -> None: ...

    async def _send(self, text: str) -> AsyncGenerator[Piece]:
        self.sent.append(text)
        self.num_open += 1
        self.most_open = max(self.most_open, self.num_open)
        await asyncio.sleep(0.001)
        while self.most_open < self.open_first:
            await asyncio.sleep(0.001)
        self.num_open -= 1
        if self.failing in text:
            raise RequestFailed("told to")
        yield Piece(has_content=True)
        yield Piece(has_content=True)
        yield Piece(prompt_tokens=7, completion_tokens=5)


async def outcomes_of(transport: FakeTransport, **changes: Any) -> list[Outcome]:
    values: dict[str, Any] = {
        "concurrency": 3,
        "rate": None,
        "num_requests": 10,
        "duration_s": None,
        "num_warm_ups": 0,
        "seed": 0,
    }
    outcomes: list[Outcome] = []
    await run_load(Load(**{**values, **changes}), WORKLOAD, transport, outcomes.append)
    return outcomes


async def test_closed_loop_keeps_so_many_in_flight_until_all_are_sent() -> None:
    transport = FakeTransport(open_first=3)
    outcomes = await outcomes_of(transport)
    assert transport.most_open == 3
    assert len(set(transport.sent)) == len(outcomes) == 10
    assert {(o.prompt_tokens, o.completion_tokens, len(o.arrivals_s)) for o in outcomes} == {
        (7, 5, 2)
    }


async def test_more_requests_than_are_made_ahead_are_all_sent() -> None:
    assert len(await outcomes_of(FakeTransport(), num_requests=600, concurrency=64)) == 600


async def test_warm_ups_are_sent_and_not_told_of() -> None:
    transport = FakeTransport()
    assert len(await outcomes_of(transport, num_warm_ups=4)) == 10
    assert len(set(transport.sent)) == 14


async def test_failures_are_outcomes_and_end_nothing() -> None:
    word = WORKLOAD.question(3).text
    outcomes = await outcomes_of(FakeTransport(failing=word))
    assert sorted(outcome.error or "" for outcome in outcomes) == [""] * 9 + ["told to"]


async def test_arrivals_do_not_wait_for_answers() -> None:
    transport = FakeTransport(open_first=4)
    assert len(await outcomes_of(transport, rate=100_000.0)) == 10
    assert transport.most_open > 3


@pytest.mark.parametrize("rate", [None, 1000.0])
async def test_duration_ends_a_load_without_a_number(rate: float | None) -> None:
    outcomes = await outcomes_of(
        FakeTransport(), rate=rate, num_requests=None, duration_s=0.5, concurrency=2
    )
    assert outcomes


def test_arrivals_are_a_poisson_process_of_the_seeds_own() -> None:
    rate, count = 40.0, 20_000
    times_s = list(islice(arrival_times(rate, seed=5), count))
    assert times_s == list(islice(arrival_times(rate, seed=5), count))
    assert times_s != list(islice(arrival_times(rate, seed=6), count))
    gaps_s = [b - a for a, b in zip([0.0, *times_s], times_s, strict=False)]
    mean_s = sum(gaps_s) / count
    assert mean_s == pytest.approx(1 / rate, rel=0.03)
    # Exponential: its deviation is its mean, and 1/e of the gaps are longer than that.
    deviation_s = (sum((gap_s - mean_s) ** 2 for gap_s in gaps_s) / count) ** 0.5
    assert deviation_s == pytest.approx(mean_s, rel=0.03)
    assert sum(gap_s > mean_s for gap_s in gaps_s) / count == pytest.approx(0.368, abs=0.01)
