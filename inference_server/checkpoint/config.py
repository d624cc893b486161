"""The model's configuration, read from a checkpoint's JSON files. Knows no torch.

Reads config.json and preprocessor_config.json. Raises CheckpointError for every value that this
server does not support.
"""

from dataclasses import dataclass
from pathlib import Path

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.json_file import JsonObject, read_json
from inference_server.checkpoint.unsupported import refuse_unsupported

_DTYPES = ("float32", "bfloat16", "float16")

# Hidden size, depth, heads, MLP size. The released files give the timm model's name instead.
_VIT_SIZES = {
    "vit_small_patch16_224": (384, 12, 6, 1536),
    "vit_base_patch16_224": (768, 12, 12, 3072),
    "vit_large_patch16_224": (1024, 24, 16, 4096),
    "vit_huge_patch16_224": (1280, 32, 16, 5120),
}

# A language model with other values computes something else than this code.
_LANGUAGE_CONSTANTS = {
    "mlp_hidden_act": "relu2",
    "mamba_hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "use_bias": False,
    "mamba_proj_bias": False,
    "use_conv_bias": True,
    "tie_word_embeddings": False,
    "sliding_window": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageConfig:
    """The hybrid language model. In `pattern`, M is Mamba2, * attention and - an MLP."""

    vocab_size: int
    hidden_size: int
    pattern: str
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    mamba_num_heads: int
    mamba_head_dim: int
    n_groups: int
    ssm_state_size: int
    conv_kernel: int
    chunk_size: int
    intermediate_size: int
    norm_eps: float
    time_step_limit: tuple[float, float]

    @property
    def d_inner(self) -> int:
        """Channels inside a Mamba mixer."""
        return self.mamba_num_heads * self.mamba_head_dim

    @property
    def conv_dim(self) -> int:
        """Channels of a Mamba mixer's convolution: x, B and C side by side."""
        return self.d_inner + 2 * self.n_groups * self.ssm_state_size

    @property
    def qkv_sizes(self) -> tuple[int, int, int]:
        """Channels of an attention mixer's queries, keys and values."""
        kv_size = self.num_key_value_heads * self.head_dim
        return self.num_attention_heads * self.head_dim, kv_size, kv_size


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionConfig:
    """The RADIO encoder. `position_grid` is the side of its square table of position embeddings."""

    hidden_size: int
    depth: int
    num_heads: int
    mlp_size: int
    patch_size: int
    num_prefix_tokens: int
    position_grid: int
    norm_eps: float = 1e-6
    in_channels: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The whole model. `dtype` is the name of the torch dtype that the weights are stored in."""

    language: LanguageConfig
    vision: VisionConfig
    dtype: str
    tile_size: int
    downsample_ratio: float
    projector_hidden_size: int
    max_model_len: int
    norm_mean: tuple[float, ...]
    norm_std: tuple[float, ...]
    use_thumbnail: bool
    max_tiles: int

    @property
    def tokens_per_tile(self) -> int:
        """Tokens of one tile in the language model."""
        return int(self.tile_size / self.vision.patch_size * self.downsample_ratio) ** 2

    @classmethod
    def load(cls, path: Path) -> "ModelConfig":
        """Reads a checkpoint folder. Raises CheckpointError for missing or unsupported values."""
        root = read_json(path / "config.json")
        refuse_unsupported(path, root)
        preprocessor = path / "preprocessor_config.json"
        tiling = (
            read_json(preprocessor) if preprocessor.exists() else JsonObject({}, preprocessor.name)
        )
        config = cls(
            language=_language(root.section("llm_config")),
            vision=_vision(root),
            dtype=root.get("torch_dtype", root.get("dtype", "bfloat16")),
            tile_size=root.size("force_image_size"),
            downsample_ratio=root.number("downsample_ratio"),
            projector_hidden_size=root.size("projector_hidden_size"),
            max_model_len=root.size("max_sequence_length"),
            norm_mean=root.numbers("norm_mean", 3),
            norm_std=root.numbers("norm_std", 3),
            use_thumbnail=bool(tiling.get("use_thumbnail", root.get("use_thumbnail", True))),
            max_tiles=tiling.size("max_num_tiles", 12),
        )
        _check(config)
        return config


def _language(llm: JsonObject) -> LanguageConfig:
    for key, value in _LANGUAGE_CONSTANTS.items():
        llm.expect(key, value)
    lowest, highest = llm.numbers("time_step_limit", 2)
    return LanguageConfig(
        vocab_size=llm.size("vocab_size"),
        hidden_size=llm.size("hidden_size"),
        pattern=llm.text("hybrid_override_pattern"),
        num_attention_heads=llm.size("num_attention_heads"),
        num_key_value_heads=llm.size("num_key_value_heads"),
        head_dim=llm.size("attention_head_dim"),
        mamba_num_heads=llm.size("mamba_num_heads"),
        mamba_head_dim=llm.size("mamba_head_dim"),
        n_groups=llm.size("n_groups"),
        ssm_state_size=llm.size("ssm_state_size"),
        conv_kernel=llm.size("conv_kernel"),
        chunk_size=llm.size("chunk_size"),
        intermediate_size=llm.size("intermediate_size"),
        norm_eps=llm.number("layer_norm_epsilon"),
        time_step_limit=(lowest, highest),
    )


def _vision(root: JsonObject) -> VisionConfig:
    root.expect("ps_version", "v2")
    args = root.section("vision_config").section("args")
    args.expect("model_norm", False)
    patch_size = root.size("patch_size")
    hidden_size, depth, num_heads, mlp_size = _vit_sizes(args)
    return VisionConfig(
        hidden_size=hidden_size,
        depth=depth,
        num_heads=num_heads,
        mlp_size=mlp_size,
        patch_size=patch_size,
        num_prefix_tokens=_num_prefix_tokens(args),
        position_grid=args.size("cpe_max_size") // patch_size,
    )


def _vit_sizes(args: JsonObject) -> tuple[int, int, int, int]:
    """The sizes in the file, or those of the timm model that it names."""
    if args.get("embed_dim") is not None:
        return (
            args.size("embed_dim"),
            args.size("depth"),
            args.size("num_heads"),
            args.size("mlp_hidden"),
        )
    if args["model"] not in _VIT_SIZES:
        raise CheckpointError(
            f"The vision encoder {args['model']!r} is unknown, and config.json has no embed_dim."
        )
    return _VIT_SIZES[args["model"]]


def _num_prefix_tokens(args: JsonObject) -> int:
    """One class token for each teacher, then registers up to a multiple."""
    num_classes = 1
    if args.get("cls_token_per_teacher", False):
        num_classes = len({teacher["name"] for teacher in args["teachers"]})
    if args.get("cpe_num_registers") is not None:
        return num_classes + args.integer("cpe_num_registers")
    if args.get("register_multiple") is None:
        return num_classes
    multiple = args.size("register_multiple")
    return num_classes + multiple - num_classes % multiple


def _check(config: ModelConfig) -> None:
    """Refuses sizes that do not fit together, which would be hard to see from a shape error."""
    llm, vision = config.language, config.vision
    if set(llm.pattern) - set("M*-"):
        raise CheckpointError(
            f"hybrid_override_pattern {llm.pattern!r} has letters other than M, * and -."
        )
    if not set("M*") <= set(llm.pattern):
        raise CheckpointError(
            f"hybrid_override_pattern {llm.pattern!r} lacks M or *; the model needs both."
        )
    if config.dtype not in _DTYPES:
        raise CheckpointError(
            f"torch_dtype {config.dtype!r} is not supported; use one of {', '.join(_DTYPES)}."
        )
    quotients = {
        "attention heads / key-value heads": (llm.num_attention_heads, llm.num_key_value_heads),
        "Mamba heads / groups": (llm.mamba_num_heads, llm.n_groups),
        "vision width / heads": (vision.hidden_size, vision.num_heads),
        "tile / two patches": (config.tile_size, 2 * vision.patch_size),
    }
    for name, (dividend, divisor) in quotients.items():
        if dividend % divisor:
            raise CheckpointError(f"{name} is {dividend} / {divisor}, which is not a whole number.")
    if config.downsample_ratio != 0.5:
        raise CheckpointError(
            f"downsample_ratio is {config.downsample_ratio}; only 0.5 is supported."
        )
