"""The sizes of a random model."""

from dataclasses import dataclass


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
