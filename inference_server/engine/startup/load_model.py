"""Loads a model from a checkpoint's files to its device."""

from collections.abc import Callable
from pathlib import Path

import torch

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.fp8_layers import fp8_layers
from inference_server.checkpoint.weights import load_weights, stored_weights
from inference_server.models.fp8 import fuse_quantization, prepare_fp8
from inference_server.models.nemotron_nano_vl import NemotronNanoVL


def load_model(
    path: Path,
    config: ModelConfig,
    *,
    device: torch.device,
    dtype: torch.dtype,
    is_fp8: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> NemotronNanoVL:
    """Loads a checkpoint folder's weights into a model for inference, all gradients off.

    What is stored in FP8 stays so; `is_fp8` quantizes the language model's other linear layers too.
    `progress` is told what is being done and the share of it that is done, 0 to 1.
    """
    stored = stored_weights(path)
    layers = fp8_layers(stored)
    with torch.device("meta"):
        model = NemotronNanoVL(config)
        prepare_fp8(
            model,
            stored=layers.stored,
            calibrated=layers.calibrated,
            device=device,
            is_wanted=is_fp8,
        )
    load_weights(model, stored, config.language, device=device, dtype=dtype, progress=progress)
    fuse_quantization(model)
    return model.eval().requires_grad_(False)
