"""The configuration files of a random model, with every key of the released ones."""

import math
from typing import Any

import torch
from tokenizers import Tokenizer

from tools.random_checkpoint.sizes import RandomSizes


def config_json(tokenizer: Tokenizer, sizes: RandomSizes, dtype: torch.dtype) -> dict[str, Any]:
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


def generation_json(config: dict[str, Any]) -> dict[str, Any]:
    """Names the end of a turn, and says nothing about sampling."""
    return {"_from_model_config": True, "eos_token_id": config["eos_token_id"]}


def preprocessor_json(config: dict[str, Any], sizes: RandomSizes) -> dict[str, Any]:
    kept = ("patch_size", "downsample_ratio", "use_thumbnail", "norm_mean", "norm_std")
    return {"image_size": config["force_image_size"], "max_num_tiles": sizes.max_tiles} | {
        key: config[key] for key in kept
    }
