"""Small random checkpoints, with a tokenizer that is just large enough to name the specials."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from inference_server.models.config import ModelConfig
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.models.random_checkpoint import RandomSizes, write_random_checkpoint

SPECIALS = ("<s>", "<SPECIAL_12>", "<image>", "<img>", "</img>", "<video>")


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    words = [f"word{index}" for index in range(100)]
    vocab = {word: index for index, word in enumerate([*words, *SPECIALS])}
    Tokenizer(WordLevel(vocab, unk_token="word0")).save(str(folder / "tokenizer.json"))
    return folder


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
    return NemotronNanoVL.load(checkpoint, config, device=device, dtype=torch.float32)
