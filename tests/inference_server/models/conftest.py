"""Small random checkpoints."""

from pathlib import Path

import pytest
import torch

from inference_server.checkpoint.config import ModelConfig
from inference_server.engine.startup.load_model import load_model
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tests.inference_server.word_tokenizer import write_word_tokenizer
from tools.random_checkpoint.checkpoint import RandomSizes, write_random_checkpoint


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_word_tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="session")
def sizes() -> RandomSizes:
    """Tiles of 64 pixels: 16 patches, 4 tokens."""
    return RandomSizes(tile_size=64, position_grid=8, chunk_size=8)


@pytest.fixture(scope="session")
def checkpoint(
    tmp_path_factory: pytest.TempPathFactory, tokenizer: Path, sizes: RandomSizes
) -> Path:
    path = tmp_path_factory.mktemp("checkpoint")
    return write_random_checkpoint(path, tokenizer=tokenizer, sizes=sizes)


@pytest.fixture(scope="session")
def config(checkpoint: Path) -> ModelConfig:
    return ModelConfig.load(checkpoint)


@pytest.fixture(scope="session")
def model(checkpoint: Path, config: ModelConfig) -> NemotronNanoVL:
    device = torch.device("cpu")
    return load_model(checkpoint, config, device=device, dtype=torch.float32)
