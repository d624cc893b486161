"""Loads a model on the CPU, and computes the logits of a whole sequence without a cache."""

from pathlib import Path

import torch
from torch import Tensor

from inference_server.checkpoint.config import ModelConfig
from inference_server.engine.startup.load_model import load_model
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.models.training import WholeSequences


def load(path: Path, *, is_fp8: bool = False, dtype: torch.dtype = torch.float32) -> NemotronNanoVL:
    config, device = ModelConfig.load(path), torch.device("cpu")
    return load_model(path, config, device=device, dtype=dtype, is_fp8=is_fp8)


def logits_of(model: NemotronNanoVL, token_ids: Tensor) -> Tensor:
    """[T] -> [T, V]"""
    with torch.inference_mode():
        hidden = WholeSequences(model)(model.embed(token_ids), (len(token_ids),))
        return model.logits(hidden)
