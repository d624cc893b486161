"""Settings of lower precision: an answer depends on its own request alone."""

import asyncio
from pathlib import Path

import pytest
import torch

from inference_server.checkpoint.config import ModelConfig
from inference_server.config import EngineConfig
from inference_server.engine.engine import TorchEngine
from inference_server.engine.startup.build import build_core
from inference_server.engine.types import Prompt, Sampling
from inference_server.models.fp8_layers import Fp8Linear
from tests.inference_server.engine.prompts import prompt_of, words

GREEDY = Sampling(max_tokens=10, temperature=0.0)
SETTINGS = [{"quantization": "fp8"}, {"ssm_dtype": "bfloat16"}]


def config_with(settings: dict[str, str]) -> EngineConfig:
    defaults = {"device": "cpu", "max_num_batched_tokens": 64, "block_size": 16}
    return EngineConfig.model_validate(defaults | settings)


def test_fp8_is_for_the_linear_layers(checkpoint: Path, model_config: ModelConfig) -> None:
    for settings, is_wanted in (({"quantization": "fp8"}, True), ({}, False)):
        config = config_with(settings)
        core = build_core(checkpoint, model_config, config, lambda *_: None)
        modules = core.runner._model.modules()
        assert any(isinstance(module, Fp8Linear) for module in modules) == is_wanted


def test_states_have_the_type_in_the_settings(checkpoint: Path, model_config: ModelConfig) -> None:
    config = config_with({"ssm_dtype": "bfloat16"})
    core = build_core(checkpoint, model_config, config, lambda *_: None)
    assert {states.dtype for states in core.runner._cache.ssm} == {torch.bfloat16}


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: next(iter(settings)))
async def test_other_requests_do_not_change_an_answer(
    settings: dict[str, str], checkpoint: Path, model_config: ModelConfig
) -> None:
    config = config_with(settings)
    engine = TorchEngine(checkpoint, model_config, config, lambda *_: None)
    await engine.start()

    async def answer(prompt: Prompt) -> list[int]:
        stream = engine.submit(prompt, GREEDY)
        return [token_id async for output in stream for token_id in output.token_ids]

    prompts = [prompt_of([words(length)]) for length in (5, 40, 90, 17)]
    try:
        alone = [await answer(prompt) for prompt in prompts]
        assert await asyncio.gather(*map(answer, prompts)) == alone
    finally:
        await engine.stop()
    assert all(len(answered) == GREEDY.max_tokens for answered in alone)
