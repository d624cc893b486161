"""An engine's core: a scheduler and a runner around a loaded model."""

from dataclasses import dataclass

import torch

from inference_server.config import EngineConfig
from inference_server.engine.execution.runner import Runner
from inference_server.engine.scheduling.blocks import BlockPool
from inference_server.engine.scheduling.budget import Budget
from inference_server.engine.scheduling.limits import Limits
from inference_server.engine.scheduling.scheduler import Scheduler
from inference_server.engine.scheduling.slots import SlotPool
from inference_server.engine.scheduling.vision_cache import VisionCache
from inference_server.engine.startup.memory import MemoryPlan
from inference_server.models.cache import Cache
from inference_server.models.nemotron_nano_vl import NemotronNanoVL


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineCore:
    """The objects that an engine's thread works with."""

    scheduler: Scheduler
    runner: Runner
    limits: Limits


def assemble(
    model: NemotronNanoVL, config: EngineConfig, memory: MemoryPlan, budget: Budget
) -> EngineCore:
    """Allocates the planned memory and builds a core around the model."""
    weight = model.language_model.embeddings.weight
    device, dtype = weight.device, weight.dtype
    cache = Cache.allocate(
        model.config.language,
        num_blocks=memory.num_blocks,
        block_size=config.block_size,
        num_slots=memory.num_slots,
        device=device,
        dtype=dtype,
        ssm_dtype=getattr(torch, config.ssm_dtype),
    )
    tokens_per_tile = model.config.tokens_per_tile
    scheduler = Scheduler(
        blocks=BlockPool(num_blocks=memory.num_blocks, block_size=config.block_size),
        slots=SlotPool(num_slots=memory.num_slots),
        vision=VisionCache(max_rows=memory.max_vision_rows, tokens_per_tile=tokens_per_tile),
        budget=budget,
    )
    limits = Limits(
        max_model_len=memory.max_model_len,
        max_vision_rows=memory.max_vision_rows,
        tokens_per_tile=tokens_per_tile,
        vocab_size=model.config.language.vocab_size,
    )
    runner = Runner(model, cache, num_slots=memory.num_slots, device=device, dtype=dtype)
    return EngineCore(scheduler=scheduler, runner=runner, limits=limits)
