"""The whole model with random weights, drawn where it is to run: no file is read or written."""

import torch
from torch import Generator

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.weights import fill_parameters
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tools.random_checkpoint.weights import random_tensors


def random_model(
    config: ModelConfig, *, device: torch.device, dtype: torch.dtype, seed: int = 0
) -> NemotronNanoVL:
    """A model for inference, all gradients off."""
    with torch.device("meta"):
        model = NemotronNanoVL(config)
    tensors = random_tensors(config, Generator(device).manual_seed(seed), dtype=dtype)
    fill_parameters(model, tensors, config.language, device=device, dtype=dtype)
    return model.eval().requires_grad_(False)
