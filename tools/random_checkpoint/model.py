"""The whole model with random weights, drawn where it is to run: no file is read or written."""

import math

import torch
from torch import Generator, Tensor

from inference_server.checkpoint.config import ModelConfig
from inference_server.models.nemotron_nano_vl import NemotronNanoVL

_FLOAT32 = ("A_log", "D", "dt_bias")


def random_model(
    config: ModelConfig, *, device: torch.device, dtype: torch.dtype
) -> NemotronNanoVL:
    """A model for inference whose activations keep their size from layer to layer."""
    with torch.device("meta"):
        model = NemotronNanoVL(config)
    random = Generator(device).manual_seed(0)
    tensors = {
        name: _draw(name, parameter.shape, random, dtype)
        for name, parameter in model.named_parameters()
    }
    model.load_state_dict(tensors, assign=True)
    assert not any(buffer.is_meta for buffer in model.buffers()), "a buffer was not filled"
    return model.eval().requires_grad_(False)


def _draw(name: str, shape: torch.Size, random: Generator, dtype: torch.dtype) -> Tensor:
    own = name.rpartition(".")[2]
    kept = torch.float32 if own in _FLOAT32 else dtype

    def normal(std: float, mean: float = 0.0) -> Tensor:
        values = torch.empty(shape, dtype=kept, device=random.device)
        return values.normal_(mean, std, generator=random)

    def uniform(low: float, high: float) -> Tensor:
        values = torch.empty(shape, dtype=kept, device=random.device)
        return values.uniform_(low, high, generator=random)

    match own:
        case "A_log":
            return uniform(1.0, 16.0).log()
        case "dt_bias":
            # The inverse softplus of time steps between 0.001 and 0.1.
            return uniform(math.log(0.001), math.log(0.1)).exp().expm1().log()
        case "bias":
            return normal(0.1)
        case "prefix" | "position_table":
            return normal(0.5)
    if own == "D" or len(shape) == 1:
        return normal(0.1, mean=1.0)
    if "embeddings" in name:
        return normal(1.0)
    if "conv1d" in name:
        return normal(0.5)
    return normal(shape[-1] ** -0.5)
