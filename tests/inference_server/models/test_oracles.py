"""The towers against transformers' own, loaded from the same file by other names."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import NemotronHConfig, NemotronHForCausalLM, RadioConfig, RadioModel

from inference_server.models.batch import Batch
from inference_server.models.config import ModelConfig
from inference_server.models.nemotron_nano_vl import NemotronNanoVL


@pytest.fixture(scope="module")
def tensors(checkpoint: Path) -> dict[str, Tensor]:
    loaded = load_file(checkpoint / "model.safetensors")
    return {name: tensor.float() for name, tensor in loaded.items()}


@pytest.fixture(scope="module")
def language_oracle(config: ModelConfig, tensors: dict[str, Tensor]) -> NemotronHForCausalLM:
    sizes = dataclasses.asdict(config.language)
    sizes["hybrid_override_pattern"] = sizes.pop("pattern")
    sizes["layer_norm_epsilon"] = sizes.pop("norm_eps")
    oracle = NemotronHForCausalLM(NemotronHConfig(**sizes, use_mamba_kernels=False)).eval()
    prefix = "language_model."
    named = {
        name.removeprefix(prefix).replace("backbone.", "model."): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
    oracle.load_state_dict(named)
    for layer in oracle.model.layers:
        # Its prefill ignores the configuration and clamps steps to 0.001 from below.
        mixer: Any = layer.mixer
        if hasattr(mixer, "time_step_limit"):
            mixer.time_step_limit = config.language.time_step_limit
    return oracle


@pytest.fixture(scope="module")
def vision_oracle(config: ModelConfig, tensors: dict[str, Tensor]) -> RadioModel:
    vision = config.vision
    oracle = RadioModel(
        RadioConfig(
            hidden_size=vision.hidden_size,
            num_hidden_layers=vision.depth,
            num_attention_heads=vision.num_heads,
            patch_size=vision.patch_size,
            max_img_size=vision.position_grid * vision.patch_size,
            num_cls_tokens=4,
            num_registers=vision.num_prefix_tokens - 4,
            summary_idxs=[0, 1, 2],
        )
    ).eval()
    oracle.make_preprocessor_external()
    missing, unexpected = oracle.load_state_dict(_radio_names(tensors), strict=False)
    assert not unexpected
    assert all("layer_scale" in name or name == "summary_idxs" for name in missing)
    return oracle


def _radio_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    named: dict[str, Tensor] = {}
    for released, tensor in tensors.items():
        prefix, _, name = released.partition("radio_model.model.")
        if prefix != "vision_model.":
            continue
        for old, new in (
            ("patch_generator.embedder", "embeddings.patch_projection"),
            ("patch_generator.pos_embed", "embeddings.position_embedding"),
            ("patch_generator.cls_token.token", "embeddings.cls_register_token"),
            ("blocks.", "encoder.layer."),
            ("attn.proj", "attention.o_proj"),
        ):
            name = name.replace(old, new)
        if "attn.qkv" in name:
            for part, third in zip("qkv", tensor.chunk(3), strict=True):
                named[name.replace("attn.qkv", f"attention.{part}_proj")] = third
        else:
            named[name] = tensor
    return named


@pytest.mark.parametrize("length", [1, 3, 40])
def test_language_model_agrees(
    model: NemotronNanoVL, language_oracle: NemotronHForCausalLM, length: int
) -> None:
    ids = torch.randint(0, 100, (length,), generator=torch.Generator().manual_seed(length))
    with torch.inference_mode():
        hidden = model(model.embed(ids), Batch.fresh(ids, (length,)), None)
        expected = language_oracle(ids[None], use_cache=False).logits[0]
    torch.testing.assert_close(model.logits(hidden), expected, atol=1e-4, rtol=1e-4)


def test_random_checkpoint_has_steps_that_the_clamp_would_change(
    model: NemotronNanoVL, language_oracle: NemotronHForCausalLM
) -> None:
    """Keeps the comparison above able to fail on a wrong limit."""
    ids = torch.arange(40)
    mixer: Any = language_oracle.model.layers[0].mixer
    with torch.inference_mode():
        right = language_oracle(ids[None], use_cache=False).logits
        limit, mixer.time_step_limit = mixer.time_step_limit, (0.001, float("inf"))
        wrong = language_oracle(ids[None], use_cache=False).logits
    mixer.time_step_limit = limit
    assert (right - wrong).abs().max() > 1e-3


@pytest.mark.parametrize("grid", [(4, 4), (8, 8), (6, 2), (12, 10)])
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
    model: NemotronNanoVL, tensors: dict[str, Tensor], vision_oracle: RadioModel
) -> None:
    tiles = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        encoded = model.encode_images(tiles)
        grid = vision_oracle(tiles).features.view(3, 4, 4, -1)
    corners = [grid[:, y::2, x::2] for y in (0, 1) for x in (0, 1)]
    x = torch.cat(corners, dim=-1).flatten(1, 2)
    x = x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * tensors["mlp1.0.weight"]
    expected = (x @ tensors["mlp1.1.weight"].T).relu().square() @ tensors["mlp1.3.weight"].T
    torch.testing.assert_close(encoded, expected, atol=1e-4, rtol=1e-4)
