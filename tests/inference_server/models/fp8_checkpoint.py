"""Writes an FP8 copy of a checkpoint in ModelOpt's layout, with made-up scales.

Each weight has one scale and each layer's input one. The embeddings, the head, the vision encoder
and the projector stay as they are.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from inference_server.checkpoint.locate import weight_files
from inference_server.ops.quantized.quantize import quantize_rows
from inference_server.ops.quantized_rows import E4M3_MAX

_LINEAR = re.compile(r"language_model\.backbone\.layers\.\d+\.mixer\.\w+_proj\.weight")

# More than random weights need, with which activations are about one.
_INPUT_AMAX = 32.0

_QUANTIZATION = {
    "quant_algo": "FP8",
    "kv_cache_quant_algo": None,
    "exclude_modules": ["language_model.lm_head", "mlp1*", "vision_model*"],
}


def write_fp8_checkpoint(path: Path, *, source: Path) -> Path:
    """Fills the folder `path` with an FP8 copy of the checkpoint in `source`; returns it."""
    shutil.copytree(source, path, dirs_exist_ok=True)
    for file in weight_files(path):
        tensors = dict(_quantized(load_file(file)))
        save_file(tensors, file, metadata={"format": "pt"})
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    config["quantization_config"] = {"quant_method": "modelopt"} | _QUANTIZATION
    _write_json(path / "config.json", config)
    _write_json(path / "hf_quant_config.json", {"quantization": _QUANTIZATION})
    return path


def _quantized(tensors: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    for name, tensor in tensors.items():
        if not _LINEAR.fullmatch(name):
            yield name, tensor
            continue
        scale = tensor.float().abs().amax() / E4M3_MAX
        yield name, quantize_rows(tensor, scale.view(1)).values
        yield f"{name}_scale", scale
        yield name.replace(".weight", ".input_scale"), torch.tensor(_INPUT_AMAX / E4M3_MAX)


def _write_json(file: Path, values: dict) -> None:
    file.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
