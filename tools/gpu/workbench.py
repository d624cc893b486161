"""The device, the model and the results, which the phases of one process share."""

import gc
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import torch

from inference_server.checkpoint.config import ModelConfig
from inference_server.engine.startup.build import choose_dtype
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tools.gpu.sizes import SIZES_BY_NAME
from tools.gpu.vocabulary import write_tokenizer
from tools.random_checkpoint.checkpoint import write_config
from tools.random_checkpoint.model import random_model

RESULTS_FILE = "results.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One number. If a run has several results with one key, the last counts."""

    key: str
    value: float
    unit: str
    note: str = ""


class Workbench:
    """Builds models and files when first asked for. Results go to `out`, large files to `work`."""

    def __init__(self, *, sizes: str, device: str, out: Path, work: Path) -> None:
        self.sizes_name = sizes
        self.sizes = SIZES_BY_NAME[sizes]
        self.device = torch.device(device)
        self.out = out
        self.work = work

    @property
    def checkpoint(self) -> Path:
        """The folder of the configuration and, after the phase `checkpoint`, the weights."""
        return self.work / f"checkpoint-{self.sizes_name}"

    @cached_property
    def config(self) -> ModelConfig:
        tokenizer = write_tokenizer(self.work / "tokenizer", self.sizes.vocab_size)
        return write_config(
            self.checkpoint, tokenizer=tokenizer, sizes=self.sizes.model, dtype=torch.bfloat16
        )

    @property
    def dtype(self) -> torch.dtype:
        return choose_dtype("auto", self.config, self.device)

    @cached_property
    def model(self) -> NemotronNanoVL:
        """The model as an engine runs it."""
        return random_model(self.config, device=self.device, dtype=self.dtype)

    def record(self, key: str, value: float, unit: str, note: str = "") -> None:
        """Prints a result and writes it to the results."""
        print(f"  {key:<44} {value:>12.3f} {unit}  {note}", flush=True)
        self.keep(key, value, unit, note)

    def keep(self, key: str, value: float, unit: str, note: str = "") -> None:
        """Writes a result at once, so that it stays whatever happens later."""
        result = Result(key=key, value=value, unit=unit, note=note)
        with (self.out / RESULTS_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")

    def drop_model(self) -> None:
        """Frees the device for other processes."""
        self.__dict__.pop("model", None)
        self.free()

    def free(self) -> None:
        """Frees the memory of objects that no phase holds."""
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


def read_results(out: Path) -> dict[str, Result]:
    """The results by key; none if nothing was measured."""
    file = out / RESULTS_FILE
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return {result.key: result for result in (Result(**json.loads(line)) for line in lines)}
