"""Random tensors under the names and in the shapes of the released checkpoint."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from inference_server.checkpoint.config import LanguageConfig, ModelConfig, VisionConfig

_Make = Callable[[Generator], Tensor]


def random_tensors(
    config: ModelConfig, random: Generator, *, dtype: torch.dtype
) -> Iterator[tuple[str, Tensor]]:
    """Every tensor of a checkpoint under its name, drawn one by one where the generator is.

    Activations keep their size from layer to layer.
    """
    for name, make in _tensors(config):
        yield name, make(random).to(dtype)


def _tensors(config: ModelConfig) -> Iterator[tuple[str, _Make]]:
    yield from _language_tensors(config.language)
    yield from _vision_tensors(config.vision)
    shuffled, width = 4 * config.vision.hidden_size, config.projector_hidden_size
    yield "mlp1.0.weight", _scale(shuffled)
    yield "mlp1.1.weight", _matrix(width, shuffled)
    yield "mlp1.3.weight", _matrix(config.language.hidden_size, width)


def _language_tensors(llm: LanguageConfig) -> Iterator[tuple[str, _Make]]:
    width = llm.hidden_size
    mixer_tensors = {"M": _mamba_tensors, "*": _attention_tensors, "-": _mlp_tensors}
    yield "language_model.backbone.embeddings.weight", _normal(1.0, llm.vocab_size, width)
    for index, kind in enumerate(llm.pattern):
        layer = f"language_model.backbone.layers.{index}"
        yield f"{layer}.norm.weight", _scale(width)
        for name, make in mixer_tensors[kind](llm):
            yield f"{layer}.mixer.{name}", make
    yield "language_model.backbone.norm_f.weight", _scale(width)
    yield "language_model.lm_head.weight", _matrix(llm.vocab_size, width)


def _mamba_tensors(llm: LanguageConfig) -> Iterator[tuple[str, _Make]]:
    heads, inner = llm.mamba_num_heads, llm.d_inner
    yield "in_proj.weight", _matrix(inner + llm.conv_dim + heads, llm.hidden_size)
    yield "conv1d.weight", _normal(0.5, llm.conv_dim, 1, llm.conv_kernel)
    yield "conv1d.bias", _normal(0.1, llm.conv_dim)
    yield "A_log", lambda random: _uniform(1, 16, heads, random).log()
    yield "D", _scale(heads)
    yield "dt_bias", lambda random: _time_step_bias(heads, random)
    yield "norm.weight", _scale(inner)
    yield "out_proj.weight", _matrix(llm.hidden_size, inner)


def _attention_tensors(llm: LanguageConfig) -> Iterator[tuple[str, _Make]]:
    width, head = llm.hidden_size, llm.head_dim
    yield "q_proj.weight", _matrix(llm.num_attention_heads * head, width)
    yield "k_proj.weight", _matrix(llm.num_key_value_heads * head, width)
    yield "v_proj.weight", _matrix(llm.num_key_value_heads * head, width)
    yield "o_proj.weight", _matrix(width, llm.num_attention_heads * head)


def _mlp_tensors(llm: LanguageConfig) -> Iterator[tuple[str, _Make]]:
    yield "up_proj.weight", _matrix(llm.intermediate_size, llm.hidden_size)
    yield "down_proj.weight", _matrix(llm.hidden_size, llm.intermediate_size)


def _vision_tensors(vision: VisionConfig) -> Iterator[tuple[str, _Make]]:
    width, mlp = vision.hidden_size, vision.mlp_size
    patches = "vision_model.radio_model.model.patch_generator"
    yield "vision_model.radio_model.input_conditioner.norm_mean", _normal(1.0, 3, 1, 1)
    yield "vision_model.radio_model.input_conditioner.norm_std", _scale(3, 1, 1)
    yield f"{patches}.embedder.weight", _matrix(width, vision.in_channels * vision.patch_size**2)
    yield f"{patches}.pos_embed", _normal(0.5, 1, vision.position_grid**2, width)
    yield f"{patches}.cls_token.token", _normal(0.5, vision.num_prefix_tokens, width)
    for index in range(vision.depth):
        block = f"vision_model.radio_model.model.blocks.{index}"
        for norm in ("norm1", "norm2"):
            yield f"{block}.{norm}.weight", _scale(width)
            yield f"{block}.{norm}.bias", _normal(0.1, width)
        for linear, rows, columns in (
            ("attn.qkv", 3 * width, width),
            ("attn.proj", width, width),
            ("mlp.fc1", mlp, width),
            ("mlp.fc2", width, mlp),
        ):
            yield f"{block}.{linear}.weight", _matrix(rows, columns)
            yield f"{block}.{linear}.bias", _normal(0.1, rows)


def _normal(std: float, *shape: int) -> _Make:
    return lambda random: std * torch.randn(shape, generator=random, device=random.device)


def _matrix(rows: int, columns: int) -> _Make:
    """Keeps the variance of what passes through, so that outputs depend on inputs."""
    return _normal(columns**-0.5, rows, columns)


def _scale(*shape: int) -> _Make:
    return lambda random: 1 + 0.1 * torch.randn(shape, generator=random, device=random.device)


def _uniform(low: float, high: float, size: int, random: Generator) -> Tensor:
    return torch.empty(size, device=random.device).uniform_(low, high, generator=random)


def _time_step_bias(heads: int, random: Generator) -> Tensor:
    """The inverse softplus of time steps between 0.001 and 0.1, as Mamba is initialized."""
    log_steps = _uniform(math.log(0.001), math.log(0.1), heads, random)
    return log_steps.exp().expm1().log()
