"""A small random model in float32, and engines around it that a test steps by hand."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from inference_server.checkpoint.config import ModelConfig
from inference_server.engine.startup.load_model import load_model
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tests.inference_server.engine.loop import Loop, build_loop
from tests.inference_server.word_tokenizer import write_word_tokenizer
from tools.random_checkpoint.checkpoint import RandomSizes, write_random_checkpoint


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiles of 64 pixels, 4 tokens each, and 112 tokens in the vocabulary."""
    return write_random_checkpoint(
        tmp_path_factory.mktemp("checkpoint"),
        tokenizer=write_word_tokenizer(tmp_path_factory.mktemp("tokenizer")),
        sizes=RandomSizes(tile_size=64, position_grid=8, max_model_len=512),
    )


@pytest.fixture(scope="session")
def model_config(checkpoint: Path) -> ModelConfig:
    return ModelConfig.load(checkpoint)


@pytest.fixture(scope="session")
def model(checkpoint: Path, model_config: ModelConfig) -> NemotronNanoVL:
    device = torch.device("cpu")
    return load_model(checkpoint, model_config, device=device, dtype=torch.float32)


@pytest.fixture(scope="session")
def make_loop(model: NemotronNanoVL) -> Callable[..., Loop]:
    return partial(build_loop, model)
