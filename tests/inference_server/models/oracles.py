"""The towers of transformers, filled with a released checkpoint's tensors."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import NemotronHConfig, NemotronHForCausalLM, RadioConfig, RadioModel

from inference_server.checkpoint.config import LanguageConfig, ModelConfig, VisionConfig

Tensors = Mapping[str, Tensor]


def read_tensors(checkpoint: Path) -> Tensors:
    """All tensors in float32."""
    loaded = load_file(checkpoint / "model.safetensors")
    return {name: tensor.float() for name, tensor in loaded.items()}


def language_oracle(config: LanguageConfig, tensors: Tensors) -> NemotronHForCausalLM:
    sizes = dataclasses.asdict(config)
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
            mixer.time_step_limit = config.time_step_limit
    return oracle


def vision_oracle(config: VisionConfig, tensors: Tensors) -> RadioModel:
    oracle = RadioModel(
        RadioConfig(
            hidden_size=config.hidden_size,
            num_hidden_layers=config.depth,
            num_attention_heads=config.num_heads,
            patch_size=config.patch_size,
            max_img_size=config.position_grid * config.patch_size,
            num_cls_tokens=4,
            num_registers=config.num_prefix_tokens - 4,
            summary_idxs=[0, 1, 2],
        )
    ).eval()
    oracle.make_preprocessor_external()
    missing, unexpected = oracle.load_state_dict(_radio_names(tensors), strict=False)
    assert not unexpected
    assert all("layer_scale" in name or name == "summary_idxs" for name in missing)
    return oracle


def encode_images(
    vision: RadioModel, config: ModelConfig, tensors: Tensors, tiles: Tensor
) -> Tensor:
    """Tiles [L, 3, h, w] through the oracle and the projector's formula to [L, P, C]."""
    side = tiles.shape[-1] // config.vision.patch_size
    grid = vision(tiles).features.view(len(tiles), side, side, -1)
    corners = [grid[:, y::2, x::2] for y in (0, 1) for x in (0, 1)]
    x = torch.cat(corners, dim=-1).flatten(1, 2)
    x = x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * tensors["mlp1.0.weight"]
    return (x @ tensors["mlp1.1.weight"].T).relu().square() @ tensors["mlp1.3.weight"].T


def _radio_names(tensors: Tensors) -> dict[str, Tensor]:
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
