"""A decode step of the model alone, as one graph: batch sizes, contexts, types of states."""

from collections.abc import Callable

import torch
from torch import Tensor

from tools.gpu.steps import StepMaker
from tools.gpu.timing import captured, time_calls
from tools.gpu.workbench import Workbench


def measure(bench: Workbench) -> None:
    for context in bench.sizes.contexts:
        _measure_context(bench, context)
        bench.free()
    _measure_halved_states(bench, min(bench.sizes.contexts))
    bench.free()


def _measure_context(bench: Workbench, context: int) -> None:
    """Measures every batch size, eager and as a graph."""
    maker = StepMaker(bench, num_sequences=max(bench.sizes.batch_sizes), max_context=context + 1)
    for batch_size in bench.sizes.batch_sizes:
        step = maker.step(contexts=[context] * batch_size, chunks=[])
        key = f"decode.b{batch_size}.ctx{context}"
        eager = time_calls(step, bench.device, repeats=bench.sizes.repeats)
        bench.record(f"{key}.eager", eager.median_ms, "ms")
        _record_graph(bench, key, step)


def _measure_halved_states(bench: Workbench, context: int) -> None:
    """Measures the largest batch with Mamba states in bfloat16, as with `--ssm-dtype bfloat16`."""
    batch_size = max(bench.sizes.batch_sizes)
    maker = StepMaker(
        bench, num_sequences=batch_size, max_context=context + 1, ssm_dtype=torch.bfloat16
    )
    step = maker.step(contexts=[context] * batch_size, chunks=[])
    _record_graph(bench, f"decode.b{batch_size}.ctx{context}.bf16_states", step)


def _record_graph(bench: Workbench, key: str, step: Callable[[], Tensor]) -> None:
    try:
        replay = captured(step, bench.device)
    except RuntimeError as error:
        # A failed capture leaves the stream usable; only this number is missing then.
        print(f"  {key} cannot be captured: {str(error).splitlines()[0]}", flush=True)
        torch.cuda.synchronize()
        return
    graph = time_calls(replay, bench.device, repeats=bench.sizes.repeats)
    bench.record(key, graph.median_ms, "ms", f"least {graph.least_ms:.3f}")
