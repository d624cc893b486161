"""A model in float32 on the CPU, and what it makes of a whole sequence without a cache."""

from pathlib import Path

import torch
from torch import Tensor

from inference_server.checkpoint.config import ModelConfig
from inference_server.models.batch import Batch
from inference_server.models.nemotron_nano_vl import NemotronNanoVL


def load(path: Path, *, is_fp8: bool = False) -> NemotronNanoVL:
    config, device = ModelConfig.load(path), torch.device("cpu")
    return NemotronNanoVL.load(path, config, device=device, dtype=torch.float32, is_fp8=is_fp8)


def logits_of(model: NemotronNanoVL, token_ids: Tensor) -> Tensor:
    """[T] -> [T, V]"""
    with torch.inference_mode():
        batch = Batch.fresh(token_ids, (len(token_ids),))
        return model.logits(model(model.embed(token_ids), batch, None))
