"""Writes a small checkpoint of random weights in the released format.

Every file, key and tensor name is there, the tiles are as large as the released model's, and a
step takes milliseconds on a CPU. What it says is noise.
"""

import json
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.locate import DEMO_MODEL
from tools.random_checkpoint.weights import random_weights

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomSizes:
    """The sizes that a test or a training run may want otherwise; all others are fixed.

    vision_model is a timm name; the sizes stand beside it, so it need not be a known one.
    """

    pattern: str = "M-M*-M-"
    hidden_size: int = 64
    intermediate_size: int = 128
    num_attention_heads: int = 4
    num_key_value_heads: int = 2
    head_dim: int = 16
    mamba_num_heads: int = 8
    mamba_head_dim: int = 16
    n_groups: int = 2
    ssm_state_size: int = 16
    chunk_size: int = 32
    projector_size: int = 128
    tile_size: int = 512
    patch_size: int = 16
    vision_model: str = "vit_random_patch16_224"
    vision_size: int = 32
    vision_depth: int = 2
    vision_heads: int = 4
    position_grid: int = 64
    max_tiles: int = 12
    max_model_len: int = 131072


def write_random_checkpoint(
    path: Path,
    *,
    tokenizer: Path = DEMO_MODEL,
    sizes: RandomSizes = RandomSizes(),
    seed: int = 0,
    num_shards: int = 1,
    dtype: torch.dtype = torch.bfloat16,
) -> Path:
    """Fills the folder `path` with configuration, tokenizer files and weights; returns it.

    `tokenizer` is a folder with those files, such as a checkpoint.
    """
    config = write_config(path, tokenizer=tokenizer, sizes=sizes, dtype=dtype)
    _write_weights(path, random_weights(config, seed=seed, dtype=dtype), num_shards)
    return path


def write_config(
    path: Path, *, tokenizer: Path, sizes: RandomSizes, dtype: torch.dtype
) -> ModelConfig:
    """Everything but the weights; what it says as a server reads it."""
    path.mkdir(parents=True, exist_ok=True)
    for file in (tokenizer / name for name in _TOKENIZER_FILES):
        if file.exists():
            shutil.copy(file, path)
    config = _config_json(Tokenizer.from_file(str(tokenizer / "tokenizer.json")), sizes, dtype)
    _write_json(path / "config.json", config)
    _write_json(path / "preprocessor_config.json", _preprocessor_json(config, sizes))
    return ModelConfig.load(path)


def _write_json(file: Path, values: dict[str, Any]) -> None:
    file.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _write_weights(path: Path, tensors: dict[str, Tensor], num_shards: int) -> None:
    if num_shards == 1:
        save_file(tensors, path / "model.safetensors", metadata={"format": "pt"})
        return
    names = list(tensors)
    file_by_name: dict[str, str] = {}
    for shard in range(num_shards):
        file = f"model-{shard + 1:05d}-of-{num_shards:05d}.safetensors"
        held = names[shard::num_shards]
        save_file({name: tensors[name] for name in held}, path / file, metadata={"format": "pt"})
        file_by_name |= dict.fromkeys(held, file)
    total = sum(tensor.nbytes for tensor in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": file_by_name}
    _write_json(path / "model.safetensors.index.json", index)


def _config_json(tokenizer: Tokenizer, sizes: RandomSizes, dtype: torch.dtype) -> dict[str, Any]:
    vocab = tokenizer.get_vocab(with_added_tokens=True)
    dtype_name = str(dtype).removeprefix("torch.")
    return {
        "architectures": ["NemotronH_Nano_VL_V2"],
        "model_type": "NemotronH_Nano_VL_V2",
        "torch_dtype": dtype_name,
        "max_sequence_length": sizes.max_model_len,
        "force_image_size": sizes.tile_size,
        "patch_size": sizes.patch_size,
        "downsample_ratio": 0.5,
        "use_thumbnail": True,
        "ps_version": "v2",
        "img_context_token": "<image>",
        "img_context_token_id": vocab["<image>"],
        "video_context_token": "<video>",
        "video_context_token_id": vocab["<video>"],
        "img_start_token": "<img>",
        "img_end_token": "</img>",
        "vit_hidden_size": sizes.vision_size,
        "projector_hidden_size": sizes.projector_size,
        "norm_mean": [0.48145466, 0.4578275, 0.40821073],
        "norm_std": [0.26862954, 0.26130258, 0.27577711],
        "eos_token_id": vocab["<SPECIAL_12>"],
        "video_pruning_rate": 0.7,
        "llm_config": _llm_json(sizes, vocab_size=-(-(max(vocab.values()) + 1) // 8) * 8),
        "vision_config": _vision_json(sizes, dtype_name),
    }


def _llm_json(sizes: RandomSizes, vocab_size: int) -> dict[str, Any]:
    return {
        "model_type": "nemotron_h",
        "vocab_size": vocab_size,
        "hidden_size": sizes.hidden_size,
        "num_hidden_layers": len(sizes.pattern),
        "hybrid_override_pattern": sizes.pattern,
        "intermediate_size": sizes.intermediate_size,
        "mlp_hidden_act": "relu2",
        "num_attention_heads": sizes.num_attention_heads,
        "num_key_value_heads": sizes.num_key_value_heads,
        "attention_head_dim": sizes.head_dim,
        "mamba_num_heads": sizes.mamba_num_heads,
        "mamba_head_dim": sizes.mamba_head_dim,
        "n_groups": sizes.n_groups,
        "ssm_state_size": sizes.ssm_state_size,
        "conv_kernel": 4,
        "chunk_size": sizes.chunk_size,
        "expand": 2,
        "mamba_hidden_act": "silu",
        "time_step_limit": [0.0, math.inf],
        "layer_norm_epsilon": 1e-5,
        "rms_norm_eps": 1e-5,
        "residual_in_fp32": False,
        "attention_bias": False,
        "mlp_bias": False,
        "use_bias": False,
        "mamba_proj_bias": False,
        "use_conv_bias": True,
        "tie_word_embeddings": False,
        "sliding_window": None,
        "max_position_embeddings": sizes.max_model_len,
    }


def _vision_json(sizes: RandomSizes, dtype_name: str) -> dict[str, Any]:
    teachers = [
        {"name": name, "use_summary": name != "sam"}
        for name in ("clip", "siglip", "dino_v2", "sam")
    ]
    return {
        "version": "radio_v2.5-h",
        "patch_size": sizes.patch_size,
        "torch_dtype": dtype_name,
        "args": {
            "model": sizes.vision_model,
            "embed_dim": sizes.vision_size,
            "depth": sizes.vision_depth,
            "num_heads": sizes.vision_heads,
            "mlp_hidden": 4 * sizes.vision_size,
            "model_norm": False,
            "cls_token_per_teacher": True,
            "cpe_max_size": sizes.position_grid * sizes.patch_size,
            "register_multiple": 16,
            "teachers": teachers,
        },
    }


def _preprocessor_json(config: dict[str, Any], sizes: RandomSizes) -> dict[str, Any]:
    kept = ("patch_size", "downsample_ratio", "use_thumbnail", "norm_mean", "norm_std")
    return {"image_size": config["force_image_size"], "max_num_tiles": sizes.max_tiles} | {
        key: config[key] for key in kept
    }
