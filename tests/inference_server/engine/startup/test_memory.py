from dataclasses import replace

import pytest
import torch

from inference_server.checkpoint.config import LanguageConfig, ModelConfig
from inference_server.config import EngineConfig
from inference_server.engine.scheduling.budget import choose_budget
from inference_server.engine.startup.memory import bytes_per_block, bytes_per_slot, plan_memory
from inference_server.models.cache import Cache

MIB = 2**20
BUDGET = choose_budget(EngineConfig(), "cpu")


def test_counts_the_bytes_that_the_cache_takes(model_config: ModelConfig) -> None:
    language = model_config.language
    cache = Cache.allocate(
        language,
        num_blocks=3,
        block_size=16,
        num_slots=5,
        device=torch.device("cpu"),
        dtype=torch.bfloat16,
        ssm_dtype=torch.float32,
    )
    kv = sum(tensor.nbytes for tensor in (*cache.keys, *cache.values))
    states = sum(tensor.nbytes for tensor in (*cache.conv, *cache.ssm))
    assert bytes_per_block(language, torch.bfloat16, 16) * 3 == kv
    assert bytes_per_slot(language, torch.bfloat16, torch.float32) * 5 == states


def test_the_released_model_needs_the_bytes_on_its_card() -> None:
    released = LanguageConfig(
        vocab_size=132096,
        hidden_size=5120,
        pattern="M" * 28 + "*" * 6 + "-" * 28,
        num_attention_heads=40,
        num_key_value_heads=8,
        head_dim=128,
        mamba_num_heads=128,
        mamba_head_dim=80,
        n_groups=8,
        ssm_state_size=128,
        conv_kernel=4,
        chunk_size=128,
        intermediate_size=20480,
        norm_eps=1e-5,
        time_step_limit=(0.0, float("inf")),
    )
    assert bytes_per_block(released, torch.bfloat16, 1) == 24_576
    slot = bytes_per_slot(released, torch.bfloat16, torch.float32)
    assert slot == 28 * (5_242_880 + 73_728)


def test_never_takes_more_than_there_is(model_config: ModelConfig) -> None:
    config = EngineConfig(max_model_len=100_000, block_size=16)
    language = model_config.language
    for num_bytes in (2 * MIB, 5 * MIB, 40 * MIB):
        plan = plan_memory(num_bytes, model_config, config, budget=BUDGET, dtype=torch.float32)
        used = plan.num_blocks * bytes_per_block(language, torch.float32, 16)
        used += plan.num_slots * bytes_per_slot(language, torch.float32, torch.float32)
        assert 0.9 * num_bytes < used <= num_bytes
        assert plan.max_model_len == min(100_000, (plan.num_blocks - 1) * 16)


def test_takes_no_more_blocks_than_all_sequences_can_fill(model_config: ModelConfig) -> None:
    config = EngineConfig(max_num_seqs=3, max_model_len=100, block_size=16)
    plan = plan_memory(2**30, model_config, config, budget=BUDGET, dtype=torch.float32)
    assert plan.num_blocks == 1 + 3 * 7
    assert plan.num_slots == 4
    assert plan.max_model_len == 100


def test_each_running_sequence_has_a_token_in_every_step(model_config: ModelConfig) -> None:
    config = EngineConfig(max_num_seqs=64)
    budget = replace(BUDGET, max_num_tokens=10)
    plan = plan_memory(2**30, model_config, config, budget=budget, dtype=torch.float32)
    assert plan.num_slots == 11


def test_the_media_of_the_longest_prompt_always_fit(model_config: ModelConfig) -> None:
    config = EngineConfig(vision_cache_bytes=0, max_model_len=300)
    assert (
        plan_memory(2**30, model_config, config, budget=BUDGET, dtype=torch.float32).max_vision_rows
        == 300
    )
    config = EngineConfig(vision_cache_bytes=MIB, max_model_len=300)
    plan = plan_memory(2**30, model_config, config, budget=BUDGET, dtype=torch.float32)
    assert plan.max_vision_rows == MIB // (64 * 4)


def test_blocks_can_be_set(model_config: ModelConfig) -> None:
    config = EngineConfig(num_blocks=5, block_size=16)
    plan = plan_memory(2**30, model_config, config, budget=BUDGET, dtype=torch.float32)
    assert (plan.num_blocks, plan.max_model_len) == (5, 64)


def test_too_little_memory_is_an_error(model_config: ModelConfig) -> None:
    with pytest.raises(ValueError, match="no KV block"):
        plan_memory(50_000, model_config, EngineConfig(), budget=BUDGET, dtype=torch.float32)
