"""A decode step of the model alone, as one graph: every batch size after every context."""

import torch

from tools.gpu.steps import StepMaker
from tools.gpu.timing import captured, time_calls
from tools.gpu.workbench import Workbench


def measure(bench: Workbench) -> None:
    for context in bench.sizes.contexts:
        maker = StepMaker(
            bench, num_sequences=max(bench.sizes.batch_sizes), max_context=context + 1
        )
        for batch_size in bench.sizes.batch_sizes:
            step = maker.step(contexts=[context] * batch_size, chunks=[])
            key = f"decode.b{batch_size}.ctx{context}"
            eager = time_calls(step, bench.device, repeats=bench.sizes.repeats)
            bench.record(f"{key}.eager", eager.median_ms, "ms")
            try:
                replay = captured(step, bench.device)
            except RuntimeError as error:
                # A capture that failed leaves the stream usable; the eager time stands alone.
                print(f"  {key} cannot be captured: {str(error).splitlines()[0]}", flush=True)
                torch.cuda.synchronize()
                continue
            graph = time_calls(replay, bench.device, repeats=bench.sizes.repeats)
            bench.record(key, graph.median_ms, "ms", f"least {graph.least_ms:.3f}")
        del maker
        bench.free()
