"""Sends requests: either a fixed number in flight, or at random times."""

import asyncio
import math
import time
from asyncio import Queue, TaskGroup
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from random import Random

from nemotron_vl.cli.bench.outcome import Outcome, outcome_of
from nemotron_vl.cli.bench.transport import Exchange, Transport
from nemotron_vl.cli.bench.workload import Workload

# Requests that are prepared in advance; more would only use memory.
_MAX_READY = 256
_POLL_PERIOD_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests at a `rate` per second, or `concurrency` in flight, until a limit is reached."""

    concurrency: int
    rate: float | None
    num_requests: int | None
    duration_s: float | None
    num_warm_ups: int
    seed: int


async def run_load(
    load: Load,
    workload: Workload,
    transport: Transport,
    on_end: Callable[[Outcome], None],
) -> None:
    """Runs the load and reports every request as it ends, except warm-ups."""
    warm_ups = range(-load.num_warm_ups, 0)
    async with _supply(workload, transport, warm_ups) as ready:
        await _closed_loop(ready, load.concurrency, math.inf, lambda _: None)
    numbers = count() if load.num_requests is None else range(load.num_requests)
    duration_s = math.inf if load.duration_s is None else load.duration_s
    async with _supply(workload, transport, numbers) as ready:
        if load.rate is None:
            await _closed_loop(ready, load.concurrency, duration_s, on_end)
        else:
            times_s = arrival_times(load.rate, load.seed)
            await _open_loop(ready, times_s, duration_s, on_end)


def arrival_times(rate: float, seed: int) -> Iterator[float]:
    """Seconds from the start, as a Poisson process. Equal seeds give equal times."""
    random = Random(seed)
    time_s = 0.0
    while True:
        time_s += random.expovariate(rate)
        yield time_s


async def _closed_loop(
    ready: Queue[Exchange | None],
    concurrency: int,
    duration_s: float,
    on_end: Callable[[Outcome], None],
) -> None:
    deadline_s = time.perf_counter() + duration_s

    async def work() -> None:
        while time.perf_counter() < deadline_s:
            exchange = await ready.get()
            if exchange is None:
                ready.put_nowait(None)  # for the next worker
                return
            on_end(await outcome_of(exchange()))

    async with TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())


async def _open_loop(
    ready: Queue[Exchange | None],
    times_s: Iterable[float],
    duration_s: float,
    on_end: Callable[[Outcome], None],
) -> None:
    start_s = time.perf_counter()

    async def send(exchange: Exchange) -> None:
        on_end(await outcome_of(exchange()))

    async with TaskGroup() as group:
        for time_s in times_s:
            exchange = await ready.get() if time_s < duration_s else None
            if exchange is None:
                return
            await asyncio.sleep(start_s + time_s - time.perf_counter())
            group.create_task(send(exchange))


@asynccontextmanager
async def _supply(
    workload: Workload, transport: Transport, numbers: Iterable[int]
) -> AsyncGenerator[Queue[Exchange | None]]:
    """A queue of requests that a thread prepares in advance, with None after the last.

    It starts full. Drawing an image takes milliseconds, which would block the event loop.
    """
    ready = Queue[Exchange | None](_MAX_READY)

    def make(number: int) -> Exchange:
        return transport.prepare(workload.question(number))

    async def fill() -> None:
        for number in numbers:
            await ready.put(await asyncio.to_thread(make, number))
        await ready.put(None)

    async with TaskGroup() as group:
        filling = group.create_task(fill())
        while not (ready.full() or filling.done()):
            await asyncio.sleep(_POLL_PERIOD_S)
        yield ready
        filling.cancel()
