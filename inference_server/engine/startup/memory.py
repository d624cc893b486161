"""How memory is shared out among what sequences need."""

from dataclasses import dataclass

import torch

from inference_server.checkpoint.config import LanguageConfig, ModelConfig
from inference_server.config import EngineConfig
from inference_server.engine.scheduling.budget import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlan:
    """Blocks and slots, padding included, and what follows from them."""

    num_blocks: int
    num_slots: int
    max_vision_rows: int
    max_model_len: int


def share_out(
    num_bytes: int,
    model_config: ModelConfig,
    config: EngineConfig,
    *,
    budget: Budget,
    dtype: torch.dtype,
) -> MemoryPlan:
    """Slots for all sequences that may run, but at most half of it; the rest for blocks.

    Raises ValueError if that leaves no block.
    """
    language = model_config.language
    slot_bytes = bytes_per_slot(language, dtype, getattr(torch, config.ssm_dtype))
    block_bytes = bytes_per_block(language, dtype, config.block_size)
    max_model_len = config.max_model_len or model_config.max_model_len
    # Each running sequence needs a token of every step.
    wanted = min(config.max_num_seqs, budget.max_num_tokens) + 1
    num_slots = min(wanted, max(2, num_bytes // 2 // slot_bytes))
    useful = 1 + (num_slots - 1) * -(-max_model_len // config.block_size)
    affordable = (num_bytes - num_slots * slot_bytes) // block_bytes
    num_blocks = config.num_blocks or min(useful, affordable)
    if num_blocks < 2:
        raise ValueError(
            f"{num_bytes / 2**20:.0f} MiB for the cache hold no KV block beside "
            f"{num_slots} slots of {slot_bytes / 2**20:.0f} MiB"
        )
    return MemoryPlan(
        num_blocks=num_blocks,
        num_slots=num_slots,
        max_vision_rows=vision_rows(model_config, config, dtype),
        max_model_len=min(max_model_len, (num_blocks - 1) * config.block_size),
    )


def vision_rows(model_config: ModelConfig, config: EngineConfig, dtype: torch.dtype) -> int:
    """Rows of encoded media that may be held at once.

    However little is kept for reuse, the media of the longest prompt fit while it is computed;
    clips that are pruned hold all their tokens until then and may be refused.
    """
    longest = config.max_model_len or model_config.max_model_len
    return max(config.vision_cache_bytes // bytes_per_row(model_config, dtype), longest)


def bytes_per_block(config: LanguageConfig, dtype: torch.dtype, block_size: int) -> int:
    """Keys and values of one block in all attention layers."""
    num_values = 2 * config.num_key_value_heads * config.head_dim * config.pattern.count("*")
    return num_values * block_size * dtype.itemsize


def bytes_per_slot(config: LanguageConfig, dtype: torch.dtype, ssm_dtype: torch.dtype) -> int:
    """Convolution inputs and recurrent states of one sequence in all Mamba layers."""
    conv = config.conv_dim * (config.conv_kernel - 1) * dtype.itemsize
    ssm = config.d_inner * config.ssm_state_size * ssm_dtype.itemsize
    return (conv + ssm) * config.pattern.count("M")


def bytes_per_row(config: ModelConfig, dtype: torch.dtype) -> int:
    """One row of encoded media."""
    return config.language.hidden_size * dtype.itemsize
