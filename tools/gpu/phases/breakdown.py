"""The kernels of a step by name, the slowest first, as text files."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch._C._autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from tools.gpu.steps import StepMaker
from tools.gpu.workbench import Workbench

_NUM_LISTED = 25
_NAME_WIDTH = 160
# So many are printed; the file has them all.
_NUM_PRINTED = 8
_PRINTED_WIDTH = 100


def measure(bench: Workbench) -> None:
    sizes = bench.sizes
    least, most = min(sizes.batch_sizes), max(sizes.batch_sizes)
    side = bench.config.tile_size
    maker = StepMaker(bench, num_sequences=most, max_context=sizes.prompt_tokens + 1)
    context = max(c for c in sizes.contexts if c <= sizes.prompt_tokens)
    tiles = torch.randn(sizes.tiles[1], 3, side, side, device=bench.device, dtype=bench.dtype)

    @torch.inference_mode()
    def encode() -> torch.Tensor:
        return bench.model.encode_images(tiles)

    works: dict[str, Callable[[], Any]] = {
        f"decode_b{least}": maker.step(contexts=[context] * least, chunks=[]),
        f"decode_b{most}": maker.step(contexts=[context] * most, chunks=[]),
        "prefill": maker.step(contexts=[], chunks=[sizes.prompt_tokens]),
        "vision": encode,
    }
    for name, call in works.items():
        _break_down(bench, name, call)


def _break_down(bench: Workbench, name: str, call: Callable[[], Any]) -> None:
    is_cuda = bench.device.type == "cuda"
    activity = ProfilerActivity.CUDA if is_cuda else ProfilerActivity.CPU
    call()
    if is_cuda:
        torch.cuda.synchronize()
    with profile(activities=[activity], acc_events=True) as profiler:
        call()
        if is_cuda:
            torch.cuda.synchronize()
    times_us: defaultdict[str, list[float]] = defaultdict(list)
    for event in profiler.events() or ():
        if is_cuda and event.device_type == DeviceType.CUDA:
            times_us[event.name].append(event.time_range.elapsed_us())
        elif not is_cuda:
            times_us[event.name].append(event.self_cpu_time_total)
    total_ms = sum(map(sum, times_us.values())) / 1000
    num_kernels = sum(map(len, times_us.values()))
    bench.record(f"kernels.{name}", total_ms, "ms", f"{num_kernels} kernels")
    _write(bench.out / f"kernels_{name}.txt", times_us, total_ms)


def _write(file: Path, times_us: dict[str, list[float]], total_ms: float) -> None:
    lines = [f"{'ms':>9} {'share':>6} {'count':>6} {'us each':>9}  kernel"]
    ranked = sorted(times_us.items(), key=lambda item: -sum(item[1]))
    for name, times in ranked[:_NUM_LISTED]:
        ms = sum(times) / 1000
        share, each = ms / max(total_ms, 1e-9), sum(times) / len(times)
        lines.append(f"{ms:9.3f} {share:6.1%} {len(times):6} {each:9.1f}  {name[:_NAME_WIDTH]}")
    rest = ranked[_NUM_LISTED:]
    rest_ms = sum(sum(times) for _, times in rest) / 1000
    lines.append(f"{rest_ms:9.3f} {rest_ms / max(total_ms, 1e-9):6.1%}  {len(rest)} more names")
    lines.append(f"{total_ms:9.3f} in {sum(map(len, times_us.values()))} kernels")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(line[:_PRINTED_WIDTH] for line in lines[: 1 + _NUM_PRINTED]), flush=True)
