"""Our towers against those of transformers, loaded from the same file under other names."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import NemotronHForCausalLM, RadioModel

from inference_server.checkpoint.config import ModelConfig
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.models.training import WholeSequences
from tests.inference_server.models import oracles


@pytest.fixture(scope="module")
def tensors(checkpoint: Path) -> oracles.Tensors:
    return oracles.read_tensors(checkpoint)


@pytest.fixture(scope="module")
def language_oracle(config: ModelConfig, tensors: oracles.Tensors) -> NemotronHForCausalLM:
    return oracles.language_oracle(config.language, tensors)


@pytest.fixture(scope="module")
def vision_oracle(config: ModelConfig, tensors: oracles.Tensors) -> RadioModel:
    return oracles.vision_oracle(config.vision, tensors)


@pytest.mark.parametrize("length", [1, 3, 40])
def test_language_model_agrees(
    model: NemotronNanoVL, language_oracle: NemotronHForCausalLM, length: int
) -> None:
    ids = torch.randint(0, 100, (length,), generator=torch.Generator().manual_seed(length))
    with torch.inference_mode():
        hidden = WholeSequences(model)(model.embed(ids), (length,))
        expected = language_oracle(ids[None], use_cache=False).logits[0]
    torch.testing.assert_close(model.logits(hidden), expected, atol=1e-4, rtol=1e-4)


def test_random_checkpoint_has_steps_that_the_clamp_would_change(
    model: NemotronNanoVL, language_oracle: NemotronHForCausalLM
) -> None:
    """Otherwise the comparison above could not fail on a wrong limit."""
    ids = torch.arange(40)
    mixer: Any = language_oracle.model.layers[0].mixer
    with torch.inference_mode():
        right = language_oracle(ids[None], use_cache=False).logits
        limit, mixer.time_step_limit = mixer.time_step_limit, (0.001, float("inf"))
        wrong = language_oracle(ids[None], use_cache=False).logits
    mixer.time_step_limit = limit
    assert (right - wrong).abs().max() > 1e-3


@pytest.mark.parametrize("grid", [(4, 4), (8, 8), (6, 2), (2, 6), (12, 10)])
def test_vision_encoder_agrees(
    model: NemotronNanoVL, vision_oracle: RadioModel, grid: tuple[int, int]
) -> None:
    height, width = (16 * side for side in grid)
    tiles = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        features = model.vision_model(tiles)
        expected = vision_oracle(tiles).features
    torch.testing.assert_close(features, expected, atol=1e-4, rtol=1e-4)


def test_projector_agrees_with_its_formula(
    model: NemotronNanoVL,
    config: ModelConfig,
    tensors: oracles.Tensors,
    vision_oracle: RadioModel,
) -> None:
    tiles = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        encoded = model.encode_images(tiles)
        expected = oracles.encode_images(vision_oracle, config, tensors, tiles)
    torch.testing.assert_close(encoded, expected, atol=1e-4, rtol=1e-4)
