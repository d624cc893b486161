import json
from pathlib import Path

import pytest

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.generation_config import GenerationConfig
from inference_server.config import CheckpointConfig, EngineConfig, MockConfig, ServerConfig
from inference_server.loading import Loaded, load
from tools.random_checkpoint.checkpoint import write_random_checkpoint


def loaded(model: Path | None = None, *, is_mock: bool = False) -> Loaded:
    config = ServerConfig(
        checkpoint=CheckpointConfig(model=model and str(model)),
        engine=EngineConfig(device="cpu"),
        mock=MockConfig(mock=is_mock),
    )
    return load(config, lambda *_: None, lambda _: None)


def test_the_demo_model_answers_greedily_unless_told_otherwise() -> None:
    assert loaded().generation == GenerationConfig(temperature=0.0, eos_token_ids=(12,))


def test_the_mock_says_nothing_about_sampling() -> None:
    assert loaded(is_mock=True).generation == GenerationConfig()


def test_defaults_come_with_the_checkpoint(tmp_path: Path) -> None:
    folder = write_random_checkpoint(tmp_path)
    assert loaded(folder).generation == GenerationConfig(eos_token_ids=(12,))
    values = {"do_sample": True, "temperature": 0.6, "top_p": 0.95, "eos_token_id": [2, 12]}
    file = folder / "generation_config.json"
    file.write_text(json.dumps(values))
    assert loaded(folder).generation == GenerationConfig(
        temperature=0.6, top_p=0.95, eos_token_ids=(2, 12)
    )
    file.write_text(json.dumps({"eos_token_id": 10**6}))
    with pytest.raises(CheckpointError, match="eos_token_id = 1000000"):
        loaded(folder)
    file.unlink()
    assert loaded(folder).generation == GenerationConfig()
