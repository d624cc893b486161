"""How much memory there is, measured, and how it is shared out."""

from dataclasses import dataclass

import torch

from inference_server.config import EngineConfig
from inference_server.models.batch import Batch
from inference_server.models.config import LanguageConfig, ModelConfig
from inference_server.models.nemotron_nano_vl import NemotronNanoVL


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlan:
    """Blocks and slots, padding included, and what follows from them."""

    num_blocks: int
    num_slots: int
    max_vision_rows: int
    max_model_len: int


def plan_memory(
    model: NemotronNanoVL, config: EngineConfig, *, device: torch.device, dtype: torch.dtype
) -> MemoryPlan:
    """Shares out what the device has left beside the loaded model and the largest step."""
    if device.type == "cpu":
        num_bytes = config.cpu_cache_bytes
    else:
        num_bytes = _measure(model, config, device=device, dtype=dtype)
        num_bytes -= vision_rows(model.config, config, dtype) * _row_bytes(model.config, dtype)
    return share_out(num_bytes, model.config, config, dtype=dtype)


def share_out(
    num_bytes: int, model_config: ModelConfig, config: EngineConfig, *, dtype: torch.dtype
) -> MemoryPlan:
    """Slots for all sequences that may run, but at most half of it; the rest for blocks.

    Raises ValueError if that leaves no block.
    """
    language = model_config.language
    slot_bytes = bytes_per_slot(language, dtype, getattr(torch, config.ssm_dtype))
    block_bytes = bytes_per_block(language, dtype, config.block_size)
    max_model_len = config.max_model_len or model_config.max_model_len
    # Each running sequence needs a token of every step.
    wanted = min(config.max_num_seqs, config.max_num_batched_tokens) + 1
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
    return max(config.vision_cache_bytes // _row_bytes(model_config, dtype), longest)


def bytes_per_block(config: LanguageConfig, dtype: torch.dtype, block_size: int) -> int:
    """Keys and values of one block in all attention layers."""
    num_values = 2 * config.num_key_value_heads * config.head_dim * config.pattern.count("*")
    return num_values * block_size * dtype.itemsize


def bytes_per_slot(config: LanguageConfig, dtype: torch.dtype, ssm_dtype: torch.dtype) -> int:
    """Convolution inputs and recurrent states of one sequence in all Mamba layers."""
    conv = config.conv_dim * (config.conv_kernel - 1) * dtype.itemsize
    ssm = config.d_inner * config.ssm_state_size * ssm_dtype.itemsize
    return (conv + ssm) * config.pattern.count("M")


def _row_bytes(config: ModelConfig, dtype: torch.dtype) -> int:
    return config.language.hidden_size * dtype.itemsize


@torch.inference_mode()
def _measure(
    model: NemotronNanoVL, config: EngineConfig, *, device: torch.device, dtype: torch.dtype
) -> int:
    """What stays of our share of the GPU after the largest step that may come."""
    free, total = torch.cuda.mem_get_info(device)
    others = total - free - torch.cuda.memory_reserved(device)
    torch.cuda.reset_peak_memory_stats(device)
    side = model.config.tile_size
    model.encode_images(
        torch.zeros(config.max_tiles_per_step, 3, side, side, device=device, dtype=dtype)
    )
    token_ids = torch.zeros(config.max_num_batched_tokens, dtype=torch.int64, device=device)
    hidden = model(model.embed(token_ids), Batch.fresh(token_ids, (len(token_ids),)), None)
    logits = model.logits(hidden[: config.max_num_seqs])
    # Sorting for top-p and the noise each take a few copies of the logits.
    logits.repeat(4, 1)
    used = torch.cuda.max_memory_allocated(device) + others
    torch.cuda.empty_cache()
    return int(total * config.gpu_memory_fraction) - used
