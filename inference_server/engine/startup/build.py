"""Builds an engine's core from settings and a checkpoint, in a size that fits the machine."""

import logging
from collections.abc import Callable
from pathlib import Path

import torch

from inference_server.checkpoint.config import ModelConfig
from inference_server.config import EngineConfig
from inference_server.engine.execution.cuda_graphs import CudaCapture, Work
from inference_server.engine.execution.step_graphs import step_shapes
from inference_server.engine.execution.vision_graphs import tile_sizes
from inference_server.engine.scheduling.budget import choose_budget
from inference_server.engine.startup.core import EngineCore, assemble
from inference_server.engine.startup.load_model import load_model
from inference_server.engine.startup.measure import measure
from inference_server.engine.startup.memory import bytes_per_row, plan_memory, vision_rows
from inference_server.engine.startup.warmup import Warmup
from inference_server.errors import NotServing
from inference_server.models.nemotron_nano_vl import NemotronNanoVL

logger = logging.getLogger(__name__)

OnProgress = Callable[[str, float], None]

# The smallest that the attention kernels support.
_MIN_BLOCK_SIZE = 16


def build_core(
    checkpoint: Path, model_config: ModelConfig, config: EngineConfig, on_progress: OnProgress
) -> EngineCore:
    """Loads the model and prepares it for serving."""
    device = choose_device(config.device)
    dtype = choose_dtype(config.dtype, model_config, device)
    if device.index is not None:
        torch.cuda.set_device(device)
    model = load_model(
        checkpoint,
        model_config,
        device=device,
        dtype=dtype,
        is_fp8=config.quantization == "fp8",
        progress=on_progress,
    )
    return prepare(model, config, on_progress)


def prepare(model: NemotronNanoVL, config: EngineConfig, on_progress: OnProgress) -> EngineCore:
    """Plans the memory of the model's device, records graphs and warms up."""
    weight = model.language_model.embeddings.weight
    device, dtype = weight.device, weight.dtype
    budget = choose_budget(config, device.type)
    num_bytes = config.cpu_cache_bytes
    if device.type != "cpu":
        if config.block_size & (config.block_size - 1) or config.block_size < _MIN_BLOCK_SIZE:
            raise ValueError(
                f"block_size {config.block_size} is not a power of two from {_MIN_BLOCK_SIZE} on"
            )
        on_progress("measuring memory", 0.0)
        num_bytes = measure(model, config, budget)
        num_bytes -= vision_rows(model.config, config, dtype) * bytes_per_row(model.config, dtype)
    memory = plan_memory(num_bytes, model.config, config, budget=budget, dtype=dtype)
    logger.info(
        "%d sequences of at most %d tokens on %s in %s, %d KV blocks of %d",
        memory.num_slots - 1,
        memory.max_model_len,
        device,
        str(dtype).removeprefix("torch."),
        memory.num_blocks - 1,
        config.block_size,
    )
    core = assemble(model, config, memory, budget)
    if device.type != "cpu":
        _record(core, tile_sizes(budget.max_num_tiles), on_progress)
        on_progress("warming up", 0.0)
        Warmup(limits=core.limits, budget=budget).run(core.scheduler, core.runner)
    return core


def choose_device(name: str) -> torch.device:
    """The named device; auto is CUDA if there is a GPU. Raises NotServing for a missing GPU."""
    num_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        name = "cuda" if num_gpus else "cpu"
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= num_gpus:
        raise NotServing(f"There is no device {name}; CUDA devices found: {num_gpus}.")
    return device


def choose_dtype(name: str, model_config: ModelConfig, device: torch.device) -> torch.dtype:
    """The named dtype; auto is the checkpoint's on a GPU and float32 on a CPU."""
    if name == "auto":
        name = "float32" if device.type == "cpu" else model_config.dtype
    return getattr(torch, name)


def _record(core: EngineCore, num_tiles: list[int], on_progress: OnProgress) -> None:
    """Records every graph and reports the progress."""
    shapes = step_shapes(core.scheduler.max_num_running)
    capture, num_done, num_graphs = CudaCapture(), 0, len(num_tiles) + len(shapes)

    def capture_next(work: Work) -> Work:
        nonlocal num_done
        on_progress("recording graphs", num_done / num_graphs)
        num_done += 1
        return capture(work)

    core.runner.capture_vision(capture_next, num_tiles)
    core.runner.capture_steps(capture_next, shapes, max_model_len=core.limits.max_model_len)
