"""Measures how much of a GPU's memory is left for sequences, by a trial of the largest steps."""

import gc
from dataclasses import replace

import torch

from inference_server.checkpoint.config import LanguageConfig
from inference_server.config import EngineConfig
from inference_server.engine.execution.cuda_graphs import Capture, CudaCapture
from inference_server.engine.execution.step_graphs import largest_shapes, step_shapes
from inference_server.engine.execution.vision_graphs import tile_sizes
from inference_server.engine.scheduling.budget import Budget
from inference_server.engine.startup.core import EngineCore, assemble
from inference_server.engine.startup.memory import (
    MemoryPlan,
    bytes_per_block,
    bytes_per_slot,
    plan_memory,
)
from inference_server.engine.startup.warmup import Warmup
from inference_server.models.nemotron_nano_vl import NemotronNanoVL

# The trial has blocks for the tokens of so many steps.
_NUM_STEPS = 4


def measure(model: NemotronNanoVL, config: EngineConfig, budget: Budget) -> int:
    """The bytes of our share that the model, the largest step and the graphs leave.

    Compiles all kernels on the way.
    """
    dtype = model.language_model.embeddings.weight.dtype
    torch.cuda.empty_cache()
    free, total = torch.cuda.mem_get_info()
    share = int(total * config.gpu_memory_fraction)
    most = plan_memory(share - (total - free), model.config, config, budget=budget, dtype=dtype)
    trial = _shrunk(most, config.block_size, budget)
    core = assemble(model, config, trial, budget)
    capture = CudaCapture()
    core.runner.capture_vision(capture, tile_sizes(budget.max_num_tiles))
    torch.cuda.reset_peak_memory_stats()
    Warmup(limits=core.limits, budget=budget).run(core.scheduler, core.runner)
    used = _used_bytes() - _cache_bytes(trial, model.config.language, config, dtype)
    used += torch.cuda.max_memory_reserved() - torch.cuda.memory_reserved()
    used += _graph_bytes(core, capture, most.max_model_len)
    del core, capture
    gc.collect()
    torch.cuda.empty_cache()
    return share - used


def _shrunk(memory: MemoryPlan, block_size: int, budget: Budget) -> MemoryPlan:
    """The same plan with blocks for only a few steps."""
    num_blocks = 1 + memory.num_slots + _NUM_STEPS * -(-budget.max_num_tokens // block_size)
    num_blocks = min(memory.num_blocks, num_blocks)
    max_model_len = min(memory.max_model_len, (num_blocks - 1) * block_size)
    return replace(memory, num_blocks=num_blocks, max_model_len=max_model_len)


def _graph_bytes(core: EngineCore, capture: Capture, max_model_len: int) -> int:
    """The largest step graphs show what all graphs share; one more shows what each adds."""
    shapes = step_shapes(core.scheduler.max_num_running)
    largest = largest_shapes(shapes)
    others = [shape for shape in shapes if shape not in largest]
    before = _used_bytes()
    core.runner.capture_steps(capture, largest, max_model_len=max_model_len)
    shared = _used_bytes() - before
    core.runner.capture_steps(capture, [*largest, others[0]], max_model_len=max_model_len)
    one_more = _used_bytes() - before
    return max(shared, one_more) + max(0, one_more - shared) * (len(others) - 1)


def _cache_bytes(
    memory: MemoryPlan, language: LanguageConfig, config: EngineConfig, dtype: torch.dtype
) -> int:
    slot_bytes = bytes_per_slot(language, dtype, getattr(torch, config.ssm_dtype))
    block_bytes = bytes_per_block(language, dtype, config.block_size)
    return memory.num_slots * slot_bytes + memory.num_blocks * block_bytes


def _used_bytes() -> int:
    """Bytes of the device in use by all processes."""
    gc.collect()
    torch.cuda.empty_cache()
    free, total = torch.cuda.mem_get_info()
    return total - free
