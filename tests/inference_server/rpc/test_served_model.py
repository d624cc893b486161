import pytest
from nemotron_vl.v1 import model_pb2

from inference_server.checkpoint.generation_config import GenerationConfig
from inference_server.config import MediaConfig, RpcConfig
from inference_server.rpc.served_model import build_limits, served_model


def described(
    generation: GenerationConfig | None = None,
    *,
    max_model_len: int = 8192,
    max_tiles: int = 4,
    max_images: int | None = None,
    max_videos: int | None = None,
) -> model_pb2.Model:
    config = MediaConfig(max_images=max_images, max_videos=max_videos)
    limits = build_limits(
        config,
        RpcConfig(),
        max_model_len=max_model_len,
        max_tiles=max_tiles,
        tokens_per_tile=256,
        vocab_size=1000,
    )
    return served_model(
        ("captioner",),
        checkpoint="folder",
        revision=None,
        is_mock=False,
        limits=limits,
        media=config,
        generation=generation or GenerationConfig(),
        eos_id=12,
    )


def test_defaults_are_those_of_the_checkpoint() -> None:
    generation = GenerationConfig(temperature=0.5, top_p=0.25, top_k=7, eos_token_ids=(2, 12, 11))
    defaults = described(generation).defaults
    assert (defaults.temperature, defaults.top_p, defaults.top_k) == (0.5, 0.25, 7)
    assert list(defaults.eos_token_ids) == [12, 2, 11]


def test_without_any_said_defaults_are_neutral_and_stated() -> None:
    defaults = described().defaults
    assert defaults.HasField("temperature")
    assert (defaults.temperature, defaults.top_p, defaults.top_k) == (1.0, 1.0, 0)
    assert list(defaults.eos_token_ids) == [12]


@pytest.mark.parametrize("max_tiles", [1, 4, 12, 20])
def test_the_limit_of_tiles_is_the_models_own(max_tiles: int) -> None:
    assert described(max_tiles=max_tiles).limits.max_tiles == max_tiles


@pytest.mark.parametrize(("max_model_len", "most"), [(131072, 508), (8192, 31), (100, 1)])
def test_as_many_images_and_videos_as_the_context_can_hold(max_model_len: int, most: int) -> None:
    """Each takes 256 tokens of a tile and two tags at least."""
    limits = described(max_model_len=max_model_len).limits
    assert (limits.max_images, limits.max_videos) == (most, most)


def test_an_operator_may_set_fewer_or_more() -> None:
    limits = described(max_images=4, max_videos=40).limits
    assert (limits.max_images, limits.max_videos) == (4, 40)


def test_zero_turns_images_or_videos_off() -> None:
    features = described(max_images=0, max_videos=0).features
    assert (features.images, features.videos) == (False, False)
    features = described().features
    assert (features.images, features.videos) == (True, True)
