"""What the chip can do at best: bytes copied, products of the model's shapes, its weights read."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from tools.gpu.timing import captured, time_calls
from tools.gpu.workbench import Workbench

_TOKENS = 4096
_COPY_BYTES = {"full": 8 * 2**30, "small": 2**20}
_BATCH_SIZES = (1, 16, 64, 256)


def measure(bench: Workbench) -> None:
    _copy(bench)
    for name, tokens, columns, rows in _shapes(bench):
        _product(bench, name, tokens, columns, rows)
    _weights(bench)


def _shapes(bench: Workbench) -> list[tuple[str, int, int, int]]:
    llm, vision = bench.config.language, bench.config.vision
    tile_tokens = (bench.config.tile_size // vision.patch_size) ** 2
    return [
        ("mamba_in", _TOKENS, llm.hidden_size, llm.d_inner + llm.conv_dim + llm.mamba_num_heads),
        ("mamba_out", _TOKENS, llm.d_inner, llm.hidden_size),
        ("mlp_up", _TOKENS, llm.hidden_size, llm.intermediate_size),
        ("mlp_down", _TOKENS, llm.intermediate_size, llm.hidden_size),
        ("vit_mlp", 13 * tile_tokens, vision.hidden_size, vision.mlp_size),
    ]


def _copy(bench: Workbench) -> None:
    source = torch.empty(_COPY_BYTES[bench.sizes_name], dtype=torch.uint8, device=bench.device)
    source.random_()
    target = torch.empty_like(source)
    timing = time_calls(lambda: target.copy_(source), bench.device, repeats=bench.sizes.repeats)
    bench.record("ceiling.copy", 2 * source.nbytes / timing.median_ms / 1e9, "TB/s")


def _product(bench: Workbench, name: str, tokens: int, columns: int, rows: int) -> None:
    x = torch.randn(tokens, columns, dtype=torch.bfloat16, device=bench.device)
    w = torch.randn(rows, columns, dtype=torch.bfloat16, device=bench.device)
    flops = 2 * tokens * columns * rows
    calls: dict[str, Callable[[], Any]] = {"bf16": lambda: linear(x, w)}
    if bench.device.type == "cuda":
        calls |= _fp8_calls(x, w)
    for kind, call in calls.items():
        timing = time_calls(call, bench.device, repeats=bench.sizes.repeats)
        bench.record(f"ceiling.{kind}.{name}", flops / timing.median_ms / 1e9, "TFLOP/s")


def _fp8_calls(x: Tensor, w: Tensor) -> dict[str, Callable[[], Any]]:
    """With one scale a tensor, and with one a row of either side."""
    x8, w8 = (t.to(torch.float8_e4m3fn) for t in (x, w))
    one = torch.ones((), device=x.device)
    by_token = torch.ones(len(x), 1, device=x.device)
    by_output = torch.ones(1, len(w), device=x.device)

    def product(scale_a: Tensor, scale_b: Tensor) -> Any:
        return torch._scaled_mm(  # noqa: SLF001 # pyright: ignore[reportPrivateImportUsage]
            x8, w8.t(), scale_a, scale_b, out_dtype=torch.bfloat16, use_fast_accum=True
        )

    return {
        "fp8_tensor": lambda: product(one, one),
        "fp8_row": lambda: product(by_token, by_output),
    }


def _weights(bench: Workbench) -> None:
    """All the language model's matrices once, as a decode step must read them."""
    matrices = [
        parameter
        for name, parameter in bench.model.language_model.named_parameters()
        if parameter.dim() == 2 and "embeddings" not in name
    ]
    bench.record("ceiling.weights_bytes", sum(w.nbytes for w in matrices) / 1e9, "GB")
    for batch_size in _BATCH_SIZES:
        x_by_width = {
            width: torch.randn(batch_size, width, dtype=bench.dtype, device=bench.device)
            for width in {w.shape[1] for w in matrices}
        }

        def read_all(x_by_width: dict[int, Tensor] = x_by_width) -> None:
            for w in matrices:
                linear(x_by_width[w.shape[1]], w)

        timing = time_calls(
            captured(read_all, bench.device), bench.device, repeats=bench.sizes.repeats
        )
        bench.record(f"ceiling.weights.b{batch_size}", timing.median_ms, "ms")
