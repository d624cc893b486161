import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.weights import released_tensors
from inference_server.engine.startup.load_model import load_model
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tools.random_checkpoint.checkpoint import RandomSizes, write_random_checkpoint

NORM = "language_model.backbone.norm_f.weight"
EMBEDDER = "vision_model.radio_model.model.patch_generator.embedder.weight"
Tensors = dict[str, Tensor]


@pytest.fixture
def edited(tmp_path: Path, checkpoint: Path) -> Callable[[Callable[[Tensors], object]], Path]:
    """Makes a folder with an edit of its weights."""

    def edit_weights(edit: Callable[[Tensors], object]) -> Path:
        tensors = load_file(checkpoint / "model.safetensors")
        edit(tensors)
        save_file(tensors, tmp_path / "model.safetensors")
        return tmp_path

    return edit_weights


def load(path: Path, config: ModelConfig, dtype: torch.dtype = torch.float32) -> NemotronNanoVL:
    return load_model(path, config, device=torch.device("cpu"), dtype=dtype)


def test_shards_hold_the_same_model(
    tmp_path: Path, tokenizer: Path, sizes: RandomSizes, model: NemotronNanoVL
) -> None:
    path = write_random_checkpoint(tmp_path, tokenizer=tokenizer, sizes=sizes, num_shards=3)
    assert len(list(path.glob("model-*-of-00003.safetensors"))) == 3
    sharded = load(path, ModelConfig.load(path))
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, sharded.get_parameter(name)), name


def test_steps_and_decays_stay_in_float32(checkpoint: Path, config: ModelConfig) -> None:
    model = load(checkpoint, config, torch.bfloat16)
    dtypes = {name: parameter.dtype for name, parameter in model.named_parameters()}
    exact = {name for name, dtype in dtypes.items() if dtype == torch.float32}
    assert {name.rsplit(".", 1)[1] for name in exact} == {"A_log", "D", "dt_bias"}
    assert set(dtypes.values()) == {torch.float32, torch.bfloat16}


def test_progress_rises_to_one(checkpoint: Path, config: ModelConfig) -> None:
    heard: list[float] = []
    load_model(
        checkpoint,
        config,
        device=torch.device("cpu"),
        dtype=torch.float32,
        progress=lambda _, share: heard.append(share),
    )
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda t: t.pop(NORM), r"lacks language_model\.backbone\.norm_f\.weight"),
        (lambda t: t.update({NORM: torch.ones(3)}), r"norm_f\.weight has shape \[3\], not \[64\]"),
        (
            lambda t: t.update({f"{NORM}_scale": torch.ones(1)}),
            "no place for .*weight_scale",
        ),
        (lambda t: t.update({"sound.weight": torch.ones(1)}), r"no place for sound\.weight"),
        (
            lambda t: t.update({EMBEDDER.replace("embedder", "video_embedder"): torch.ones(1)}),
            "join video frames",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(
    edited: Callable[[Callable[[Tensors], object]], Path],
    config: ModelConfig,
    edit: Callable[[Tensors], object],
    message: str,
) -> None:
    with pytest.raises(CheckpointError, match=message):
        load(edited(edit), config)


def test_unused_parts_of_the_vision_release_are_skipped_with_a_warning(
    edited: Callable[[Callable[[Tensors], object]], Path],
    config: ModelConfig,
    caplog: pytest.LogCaptureFixture,
) -> None:
    extra = "vision_model.radio_model.adaptors.clip.weight"
    with caplog.at_level(logging.WARNING):
        load(edited(lambda t: t.update({extra: torch.ones(1)})), config)
    assert extra in caplog.text


def test_missing_and_broken_files_are_named(tmp_path: Path, config: ModelConfig) -> None:
    with pytest.raises(CheckpointError, match=r"model\.safetensors cannot be read"):
        load(tmp_path, config)
    (tmp_path / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match=r"model\.safetensors cannot be read"):
        load(tmp_path, config)


def test_parameters_go_back_under_their_released_names(
    checkpoint: Path, model: NemotronNanoVL
) -> None:
    released = load_file(checkpoint / "model.safetensors")
    written = dict(released_tensors(model, model.config.language))
    assert released.keys() - written.keys() == {
        "vision_model.radio_model.input_conditioner.norm_mean",
        "vision_model.radio_model.input_conditioner.norm_std",
    }
    for name, tensor in written.items():
        assert torch.equal(tensor, released[name].to(tensor.dtype)), name
