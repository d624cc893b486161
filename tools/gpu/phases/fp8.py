"""The language model in FP8: its distance from bfloat16, its steps, and how fast it loads."""

import time

import torch
from torch import Tensor

from inference_server.engine.startup.load_model import load_model
from inference_server.models.fp8 import quantize_linears
from inference_server.models.fp8_layers import Fp8Linear
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.models.training import WholeSequences
from inference_server.ops.quantized.quantize import quantize_rows, scaled_linear
from tools.gpu.steps import StepMaker
from tools.gpu.timing import captured, time_calls
from tools.gpu.workbench import Workbench

_BATCH_SIZES = (1, 2, 8, 16, 17, 32, 64, 256)


def measure(bench: Workbench) -> None:
    """Drops the model, which it has quantized."""
    _error(bench)
    _products(bench)
    _steps(bench)
    bench.drop_model()
    _loading(bench)


def _error(bench: Workbench) -> None:
    """With random weights no token is likely: a trained model agrees more often."""
    vocab_size, length = bench.config.language.vocab_size, bench.sizes.prompt_tokens
    token_ids = torch.randint(vocab_size, (length,), device=bench.device)
    expected = _logits(bench.model, token_ids)
    quantize_linears(bench.model)
    found = _logits(bench.model, token_ids)
    error = (found - expected).norm() / expected.norm()
    agreement = (found.argmax(1) == expected.argmax(1)).float().mean()
    bench.record("fp8.error", 100 * float(error), "%", "of the logits, relative to their norm")
    bench.record("fp8.agreement", 100 * float(agreement), "%", "of the likeliest tokens")


@torch.inference_mode()
def _logits(model: NemotronNanoVL, token_ids: Tensor) -> Tensor:
    hidden = WholeSequences(model)(model.embed(token_ids), (len(token_ids),))
    # The last tokens have the longest contexts, and the logits of all would take gigabytes.
    return model.logits(hidden[-512:])


def _products(bench: Workbench) -> None:
    """All products of the language model once, on quantized rows; and quantizing alone."""
    llm = bench.model.language_model
    layers = [module for module in llm.modules() if isinstance(module, Fp8Linear)]
    widths = {layer.weight.shape[1] for layer in layers}
    for batch_size in _BATCH_SIZES:
        x_by_width = {
            width: torch.randn(batch_size, width, dtype=bench.dtype, device=bench.device)
            for width in widths
        }
        rows_by_width = {width: quantize_rows(x) for width, x in x_by_width.items()}
        hidden = x_by_width[llm.lm_head.weight.shape[1]]

        def multiply(rows_by_width: dict = rows_by_width, hidden: Tensor = hidden) -> None:
            for layer in layers:
                rows = rows_by_width[layer.weight.shape[1]]
                scaled_linear(rows, layer.weight, layer.weight_scale)
            llm.lm_head(hidden)

        def quantize_all(x_by_width: dict = x_by_width) -> None:
            for layer in layers:
                quantize_rows(x_by_width[layer.weight.shape[1]])

        for name, call in (("weights", multiply), ("rounding", quantize_all)):
            replay = captured(call, bench.device)
            timing = time_calls(replay, bench.device, repeats=bench.sizes.repeats)
            bench.record(f"fp8.{name}.b{batch_size}", timing.median_ms, "ms")


def _steps(bench: Workbench) -> None:
    """Measures decode steps as graphs, and a prompt."""
    sizes, context = bench.sizes, bench.sizes.contexts[0]
    num_sequences = max(*sizes.batch_sizes, 1)
    longest = max(context, sizes.prompt_tokens) + 1
    maker = StepMaker(bench, num_sequences=num_sequences, max_context=longest)
    for batch_size in sizes.batch_sizes:
        step = maker.step(contexts=[context] * batch_size, chunks=[])
        timing = time_calls(captured(step, bench.device), bench.device, repeats=sizes.repeats)
        bench.record(f"fp8.decode.b{batch_size}.ctx{context}", timing.median_ms, "ms")
    prompt = maker.step(contexts=[], chunks=[sizes.prompt_tokens])
    timing = time_calls(prompt, bench.device, repeats=max(2, sizes.repeats // 4))
    bench.record("fp8.prefill.one_prompt", timing.median_ms, "ms")


def _loading(bench: Workbench) -> None:
    """Loads files from the page cache, if an earlier phase has written them."""
    if not any(bench.checkpoint.glob("*.safetensors")):
        return
    for is_fp8 in (False, True):
        start = time.perf_counter()
        model = load_model(
            bench.checkpoint, bench.config, device=bench.device, dtype=bench.dtype, is_fp8=is_fp8
        )
        if bench.device.type == "cuda":
            torch.cuda.synchronize(bench.device)
        seconds = time.perf_counter() - start
        bench.record(f"load.{'fp8' if is_fp8 else 'as_stored'}", seconds, "s")
        del model
        bench.free()
