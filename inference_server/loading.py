"""Chooses the engine and builds what a service needs around it.

torch is imported here and nowhere above the engine, and only where the mock is not chosen.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inference_server.config import ServerConfig
from inference_server.engine.types import Engine, StepRecord
from inference_server.media.grid import Tiling
from inference_server.models.checkpoint import resolve
from inference_server.models.config import ModelConfig
from inference_server.prompt.tokenizer import Tokenizer

OnProgress = Callable[[str, float], None]
OnStep = Callable[[StepRecord], None]

_ASSETS = Path(__file__).parent / "assets" / "tokenizer"

# What the mock stands in for: the released model's own numbers.
_MOCK_TILING = Tiling(tile_size=512, tokens_per_tile=256, max_tiles=12, use_thumbnail=True)
_MOCK_MAX_MODEL_LEN = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An engine and what turns requests into its prompts."""

    engine: Engine
    tokenizer: Tokenizer
    tiling: Tiling
    checkpoint: str
    revision: str | None = None
    is_mock: bool = False
    is_random: bool = False


def load(config: ServerConfig, on_progress: OnProgress, on_step: OnStep) -> Loaded:
    """Builds everything; the engine is still to be started. Takes seconds: not on an event loop.

    Raises CheckpointError. on_progress may be called from any thread; on_step is called on the
    event loop that starts the engine, by the mock never.
    """
    if config.mock.mock:
        return _build_mock(config, on_progress)
    return _build_torch(config, on_progress, on_step)


def _build_mock(config: ServerConfig, on_progress: OnProgress) -> Loaded:
    from inference_server.engine.mock import MockEngine

    on_progress("reading the tokenizer", 0.0)
    tokenizer = Tokenizer.load(_ASSETS)
    engine = MockEngine(
        tokenizer.encode,
        eos_id=tokenizer.eos_id,
        max_model_len=config.engine.max_model_len or _MOCK_MAX_MODEL_LEN,
        tokens_per_s=config.mock.mock_tokens_per_s,
        first_token_delay_s=config.mock.mock_first_token_delay_s,
        max_num_seqs=config.engine.max_num_seqs,
        max_waiting=config.engine.max_waiting,
    )
    return Loaded(
        engine=engine, tokenizer=tokenizer, tiling=_MOCK_TILING, checkpoint="mock", is_mock=True
    )


def _build_torch(config: ServerConfig, on_progress: OnProgress, on_step: OnStep) -> Loaded:
    on_progress("importing torch", 0.0)
    from inference_server.engine.engine import TorchEngine

    model = config.checkpoint.model
    on_progress("reading the checkpoint", 0.0)
    if model is None:
        path = _random_checkpoint(config.checkpoint.cache_path.expanduser())
    else:
        path = resolve(model, config.checkpoint.revision)
    model_config = ModelConfig.load(path)
    tokenizer = Tokenizer.load(path)
    return Loaded(
        engine=TorchEngine(path, model_config, config.engine, on_progress, on_step=on_step),
        tokenizer=tokenizer,
        tiling=Tiling(
            tile_size=model_config.tile_size,
            tokens_per_tile=model_config.tokens_per_tile,
            max_tiles=model_config.max_tiles,
            use_thumbnail=model_config.use_thumbnail,
        ),
        checkpoint=path.name if model is None or Path(model).expanduser().is_dir() else model,
        revision=config.checkpoint.revision,
        is_random=model is None,
    )


def _random_checkpoint(cache: Path) -> Path:
    """The default checkpoint: written once, and anew when what it is made of has changed."""
    from inference_server.models import random_checkpoint, random_weights

    digest = hashlib.sha256()
    for source in (*sorted(_ASSETS.iterdir()), random_checkpoint.__file__, random_weights.__file__):
        digest.update(Path(source).read_bytes())
    path = cache / f"random-{digest.hexdigest()[:12]}"
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    # Whole or not at all, also when two servers start at once.
    draft = Path(tempfile.mkdtemp(prefix="random-", dir=cache))
    random_checkpoint.write_random_checkpoint(draft)
    try:
        draft.rename(path)
    except OSError:
        shutil.rmtree(draft)
    return path
