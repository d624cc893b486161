"""A small random model in float32, and engines around it that a test steps by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from inference_server.config import EngineConfig
from inference_server.engine.build import assemble
from inference_server.engine.memory import MemoryPlan
from inference_server.models.cache import Cache
from inference_server.models.config import ModelConfig
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.models.random_checkpoint import RandomSizes, write_random_checkpoint
from tests.inference_server.engine.loop import Loop, RecordingRunner

SPECIALS = ("<s>", "<SPECIAL_12>", "<image>", "<img>", "</img>", "<video>")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiles of 64 pixels, 4 tokens each, and 112 tokens in the vocabulary."""
    tokenizer = tmp_path_factory.mktemp("tokenizer")
    words = [f"word{index}" for index in range(100)]
    vocab = {word: index for index, word in enumerate([*words, *SPECIALS])}
    Tokenizer(WordLevel(vocab, unk_token="word0")).save(str(tokenizer / "tokenizer.json"))
    return write_random_checkpoint(
        tmp_path_factory.mktemp("checkpoint"),
        tokenizer=tokenizer,
        sizes=RandomSizes(tile_size=64, position_grid=8, max_model_len=512),
    )


@pytest.fixture(scope="session")
def model_config(checkpoint: Path) -> ModelConfig:
    return ModelConfig.load(checkpoint)


@pytest.fixture(scope="session")
def model(checkpoint: Path, model_config: ModelConfig) -> NemotronNanoVL:
    device = torch.device("cpu")
    return NemotronNanoVL.load(checkpoint, model_config, device=device, dtype=torch.float32)


@pytest.fixture(scope="session")
def make_loop(model: NemotronNanoVL) -> Callable[..., Loop]:
    def make(
        *,
        num_blocks: int = 128,
        max_num_seqs: int = 8,
        max_num_batched_tokens: int = 64,
        max_tiles_per_step: int = 4,
        block_size: int = 4,
        max_vision_rows: int = 512,
    ) -> Loop:
        config = EngineConfig(
            max_num_batched_tokens=max_num_batched_tokens,
            max_tiles_per_step=max_tiles_per_step,
            block_size=block_size,
        )
        memory = MemoryPlan(
            num_blocks=num_blocks,
            num_slots=max_num_seqs + 1,
            max_vision_rows=max_vision_rows,
            max_model_len=(num_blocks - 1) * block_size,
        )
        parts = assemble(model, config, memory)
        device, dtype = torch.device("cpu"), torch.float32
        cache = Cache.allocate(
            model.config.language,
            num_blocks=num_blocks,
            block_size=block_size,
            num_slots=memory.num_slots,
            device=device,
            dtype=dtype,
            ssm_dtype=dtype,
        )
        runner = RecordingRunner(
            model, cache, num_slots=memory.num_slots, device=device, dtype=dtype
        )
        return Loop(parts.scheduler, runner, parts.limits)

    return make
