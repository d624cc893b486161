"""The chip's limits: bytes copied, matrix products of the model's shapes, its weights read."""

from collections.abc import Callable
from functools import partial
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
    _weights(bench)
    kinds = ("bf16", "fp8_tensor", "fp8_row") if bench.device.type == "cuda" else ("bf16",)
    for kind in kinds:
        for name, tokens, columns, rows in _shapes(bench):
            _product(bench, kind, name, tokens, columns, rows)


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


def _product(bench: Workbench, kind: str, name: str, tokens: int, columns: int, rows: int) -> None:
    x = torch.randn(tokens, columns, dtype=torch.bfloat16, device=bench.device)
    w = torch.randn(rows, columns, dtype=torch.bfloat16, device=bench.device)
    call = partial(linear, x, w) if kind == "bf16" else _fp8_call(kind, x, w)
    timing = time_calls(call, bench.device, repeats=bench.sizes.repeats)
    flops = 2 * tokens * columns * rows
    bench.record(f"ceiling.{kind}.{name}", flops / timing.median_ms / 1e9, "TFLOP/s")


def _fp8_call(kind: str, x: Tensor, w: Tensor) -> Callable[[], Any]:
    """An FP8 product with one scale for each tensor, or for each row of both."""
    x8, w8 = (t.to(torch.float8_e4m3fn) for t in (x, w))
    if kind == "fp8_tensor":
        scale_x = scale_w = torch.ones((), device=x.device)
    else:
        scale_x = torch.ones(len(x), 1, device=x.device)
        scale_w = torch.ones(1, len(w), device=x.device)
    return lambda: torch._scaled_mm(  # noqa: SLF001 # pyright: ignore[reportPrivateImportUsage]
        x8, w8.t(), scale_x, scale_w, out_dtype=torch.bfloat16, use_fast_accum=True
    )


def _weights(bench: Workbench) -> None:
    """Multiplies with all matrices of the language model once, as a decode step must."""
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
