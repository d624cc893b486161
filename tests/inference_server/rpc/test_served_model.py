import pytest
from nemotron_vl.v1 import model_pb2

from inference_server.checkpoint.generation_config import GenerationConfig
from inference_server.config import MediaConfig, RpcConfig
from inference_server.rpc.served_model import build_limits, served_model


def described(generation: GenerationConfig, *, max_tiles: int = 4) -> model_pb2.Model:
    media = MediaConfig()
    limits = build_limits(media, RpcConfig(), max_model_len=100, max_tiles=max_tiles, vocab_size=50)
    return served_model(
        ("captioner",),
        checkpoint="folder",
        revision=None,
        is_mock=False,
        limits=limits,
        media=media,
        generation=generation,
        eos_id=12,
    )


def test_defaults_are_those_of_the_checkpoint() -> None:
    generation = GenerationConfig(temperature=0.5, top_p=0.25, top_k=7, eos_token_ids=(2, 12, 11))
    defaults = described(generation).defaults
    assert (defaults.temperature, defaults.top_p, defaults.top_k) == (0.5, 0.25, 7)
    assert list(defaults.eos_token_ids) == [12, 2, 11]


def test_without_any_said_defaults_are_neutral_and_stated() -> None:
    defaults = described(GenerationConfig()).defaults
    assert defaults.HasField("temperature")
    assert (defaults.temperature, defaults.top_p, defaults.top_k) == (1.0, 1.0, 0)
    assert list(defaults.eos_token_ids) == [12]


@pytest.mark.parametrize("max_tiles", [1, 4, 12, 20])
def test_the_limit_of_tiles_is_the_models_own(max_tiles: int) -> None:
    assert described(GenerationConfig(), max_tiles=max_tiles).limits.max_tiles == max_tiles
