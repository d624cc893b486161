"""Plans the memory of blocks, slots and encoded media."""

from dataclasses import dataclass

import torch

from inference_server.checkpoint.config import LanguageConfig, ModelConfig
from inference_server.config import EngineConfig
from inference_server.engine.scheduling.budget import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlan:
    """Numbers of blocks and slots, including those for padding rows, and the limits they set."""

    num_blocks: int
    num_slots: int
    max_vision_rows: int
    max_model_len: int


def plan_memory(
    num_bytes: int,
    model_config: ModelConfig,
    config: EngineConfig,
    *,
    budget: Budget,
    dtype: torch.dtype,
) -> MemoryPlan:
    """Gives at most half of the memory to slots for running sequences, the rest to blocks.

    Raises ValueError if that leaves no block.
    """
    language = model_config.language
    slot_bytes = bytes_per_slot(language, dtype, getattr(torch, config.ssm_dtype))
    block_bytes = bytes_per_block(language, dtype, config.block_size)
    max_model_len = config.max_model_len or model_config.max_model_len
    # Each running sequence has a token in every step.
    wanted = min(config.max_num_seqs, budget.max_num_tokens) + 1
    num_slots = min(wanted, max(2, num_bytes // 2 // slot_bytes))
    useful = 1 + (num_slots - 1) * -(-max_model_len // config.block_size)
    affordable = (num_bytes - num_slots * slot_bytes) // block_bytes
    num_blocks = config.num_blocks or min(useful, affordable)
    if num_blocks < 2:
        raise ValueError(
            f"{num_bytes / 2**20:.0f} MiB for the cache leave no KV block beside "
            f"{num_slots} slots of {slot_bytes / 2**20:.0f} MiB each"
        )
    return MemoryPlan(
        num_blocks=num_blocks,
        num_slots=num_slots,
        max_vision_rows=vision_rows(model_config, config, dtype),
        max_model_len=min(max_model_len, (num_blocks - 1) * config.block_size),
    )


def vision_rows(model_config: ModelConfig, config: EngineConfig, dtype: torch.dtype) -> int:
    """The most rows of encoded media that are held at once.

    Enough for the media of the longest prompt, even if nothing is kept for reuse. A pruned video
    holds all its tokens until it is pruned, so that a prompt with several may be refused.
    """
    longest = config.max_model_len or model_config.max_model_len
    return max(config.vision_cache_bytes // bytes_per_row(model_config, dtype), longest)


def bytes_per_block(config: LanguageConfig, dtype: torch.dtype, block_size: int) -> int:
    """Bytes of one block: keys and values in all attention layers."""
    num_values = 2 * config.num_key_value_heads * config.head_dim * config.pattern.count("*")
    return num_values * block_size * dtype.itemsize


def bytes_per_slot(config: LanguageConfig, dtype: torch.dtype, ssm_dtype: torch.dtype) -> int:
    """Bytes of one slot: convolution inputs and recurrent states in all Mamba layers."""
    conv = config.conv_dim * (config.conv_kernel - 1) * dtype.itemsize
    ssm = config.d_inner * config.ssm_state_size * ssm_dtype.itemsize
    return (conv + ssm) * config.pattern.count("M")


def bytes_per_row(config: ModelConfig, dtype: torch.dtype) -> int:
    """Bytes of one row of encoded media."""
    return config.language.hidden_size * dtype.itemsize
