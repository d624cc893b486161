"""Steps of prompts, with and without decode rows beside them."""

from tools.gpu.steps import StepMaker
from tools.gpu.timing import time_calls
from tools.gpu.workbench import Workbench


def measure(bench: Workbench) -> None:
    sizes = bench.sizes
    prompt, step = sizes.prompt_tokens, sizes.step_tokens
    packed = [prompt] * (step // prompt)
    packed += [step - sum(packed)] if step > sum(packed) else []
    num_decodes = max(sizes.batch_sizes)
    maker = StepMaker(
        bench, num_sequences=num_decodes + len(packed) + 1, max_context=max(prompt, step) + 1
    )
    mixed = [*packed[:-1], max(1, packed[-1] - num_decodes)]
    works = {
        "prefill.one_prompt": ([], [prompt]),
        "prefill.step": ([], packed),
        "prefill.one_long": ([], [step]),
        "prefill.mixed": ([sizes.contexts[0]] * num_decodes, mixed),
    }
    for key, (contexts, chunks) in works.items():
        run = maker.step(contexts=contexts, chunks=chunks)
        timing = time_calls(run, bench.device, repeats=max(2, sizes.repeats // 4))
        note = f"{num_decodes if contexts else 0} decodes, chunks of {'+'.join(map(str, chunks))}"
        bench.record(key, timing.median_ms, "ms", note)
        num_tokens = sum(chunks) + len(contexts)
        bench.record(f"{key}.rate", num_tokens / timing.median_ms, "k tok/s")
