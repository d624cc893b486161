"""Times work on the device: with events around calls on a GPU, eager or as graphs."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

_WARM_UPS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The times of several repetitions."""

    median_ms: float
    least_ms: float


def time_calls(call: Callable[[], Any], device: torch.device, *, repeats: int) -> Timing:
    """Times each repetition alone, after warm-up calls, with the device's clock."""
    for _ in range(_WARM_UPS):
        call()
    measure = _device_ms if device.type == "cuda" else _host_ms
    times_ms = measure(call, repeats)
    return Timing(median_ms=statistics.median(times_ms), least_ms=min(times_ms))


def captured(call: Callable[[], Any], device: torch.device) -> Callable[[], Any]:
    """A graph of the work to replay; on a CPU the call itself.

    Raises RuntimeError if the work cannot be captured.
    """
    if device.type == "cpu":
        return call
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(_WARM_UPS):
            call()
    torch.cuda.current_stream().wait_stream(side)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        kept = call()

    def replay() -> Any:
        graph.replay()
        return kept

    return replay


def _device_ms(call: Callable[[], Any], repeats: int) -> list[float]:
    events = [
        (torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True))
        for _ in range(repeats)
    ]
    torch.cuda.synchronize()
    for start, end in events:
        start.record()
        call()
        end.record()
    torch.cuda.synchronize()
    return [start.elapsed_time(end) for start, end in events]


def _host_ms(call: Callable[[], Any], repeats: int) -> list[float]:
    times_ms: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times_ms.append(1000 * (time.perf_counter() - start))
    return times_ms
