from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.json_file import read_json
from inference_server.engine.startup.load_model import load_model
from inference_server.models.training import WholeSequences
from tools.random_checkpoint.checkpoint import RandomSizes, write_random_checkpoint


def test_same_seed_writes_the_same_bytes(
    tmp_path: Path, tokenizer: Path, sizes: RandomSizes, checkpoint: Path
) -> None:
    again = write_random_checkpoint(tmp_path / "same", tokenizer=tokenizer, sizes=sizes)
    other = write_random_checkpoint(tmp_path / "other", tokenizer=tokenizer, sizes=sizes, seed=1)
    weights = (checkpoint / "model.safetensors").read_bytes()
    assert (again / "model.safetensors").read_bytes() == weights
    assert (other / "model.safetensors").read_bytes() != weights


def test_token_ids_are_the_tokenizers_own(config: ModelConfig, checkpoint: Path) -> None:
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    written = read_json(checkpoint / "config.json")
    assert written["img_context_token_id"] == tokenizer.token_to_id("<image>")
    assert written["video_context_token_id"] == tokenizer.token_to_id("<video>")
    assert written["eos_token_id"] == tokenizer.token_to_id("<SPECIAL_12>")
    assert config.language.vocab_size % 8 == 0
    assert 0 <= config.language.vocab_size - tokenizer.get_vocab_size() < 8


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default checkpoint: the shipped tokenizer and tiles of full size."""
    return write_random_checkpoint(tmp_path_factory.mktemp("full"))


def test_tile_of_the_default_checkpoint_makes_256_rows_that_depend_on_it(full: Path) -> None:
    config = ModelConfig.load(full)
    model = load_model(full, config, device=torch.device("cpu"), dtype=torch.float32)
    tiles = torch.zeros(2, 3, 512, 512)
    tiles[1] = 1
    with torch.inference_mode():
        rows = model.encode_images(tiles)
        hidden = WholeSequences(model)(rows.flatten(0, 1), (256, 256))
    assert rows.shape == (2, 256, config.language.hidden_size)
    dark, bright = model.logits(hidden[[255, 511]])
    assert (dark - bright).abs().max() > 0.1
