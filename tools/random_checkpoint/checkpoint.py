"""Writes a small checkpoint of random weights in the released format.

Every file, key and tensor name is there, the tiles are as large as the released model's, and a
step takes milliseconds on a CPU. What it says is noise.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Generator

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.locate import DEMO_MODEL
from tools.random_checkpoint.config_json import config_json, generation_json, preprocessor_json
from tools.random_checkpoint.shards import write_shards
from tools.random_checkpoint.sizes import RandomSizes
from tools.random_checkpoint.weights import random_tensors

_DEFAULT_SIZES = RandomSizes()
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def write_random_checkpoint(
    path: Path,
    *,
    tokenizer: Path = DEMO_MODEL,
    sizes: RandomSizes = _DEFAULT_SIZES,
    seed: int = 0,
    num_shards: int = 1,
    dtype: torch.dtype = torch.bfloat16,
) -> Path:
    """Fills the folder `path` with configuration, tokenizer files and weights; returns it.

    `tokenizer` is a folder with those files, such as a checkpoint.
    """
    config = write_config(path, tokenizer=tokenizer, sizes=sizes, dtype=dtype)
    tensors = dict(random_tensors(config, Generator().manual_seed(seed), dtype=dtype))
    write_shards(path, tensors, num_shards=num_shards)
    return path


def write_config(
    path: Path, *, tokenizer: Path, sizes: RandomSizes, dtype: torch.dtype
) -> ModelConfig:
    """Everything but the weights; what it says as a server reads it."""
    path.mkdir(parents=True, exist_ok=True)
    for file in (tokenizer / name for name in _TOKENIZER_FILES):
        if file.exists():
            shutil.copy(file, path)
    config = config_json(Tokenizer.from_file(str(tokenizer / "tokenizer.json")), sizes, dtype)
    _write_json(path / "config.json", config)
    _write_json(path / "preprocessor_config.json", preprocessor_json(config, sizes))
    _write_json(path / "generation_config.json", generation_json(config))
    return ModelConfig.load(path)


def _write_json(file: Path, values: dict[str, Any]) -> None:
    file.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
