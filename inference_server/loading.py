"""Chooses the engine and loads the tokenizer that goes with it.

The one module above the engine that imports torch, and only if the mock is not chosen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.generation_config import GenerationConfig
from inference_server.checkpoint.locate import DEMO_MODEL, resolve
from inference_server.config import CheckpointConfig, ServerConfig
from inference_server.engine.types import Engine, StepRecord
from inference_server.media.grid import Tiling
from inference_server.prompt.tokenizer import Tokenizer

OnProgress = Callable[[str, float], None]
OnStep = Callable[[StepRecord], None]

# The mock stands in for the released model, whose numbers these are.
_MOCK_TILING = Tiling(tile_size=512, tokens_per_tile=256, max_tiles=12, use_thumbnail=True)
_MOCK_MAX_MODEL_LEN = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An engine and what turns requests into its prompts.

    vocab_size bounds the ids that both the tokenizer and the model know; generation is what the
    checkpoint says about sampling.
    """

    engine: Engine
    tokenizer: Tokenizer
    tiling: Tiling
    vocab_size: int
    checkpoint: str
    generation: GenerationConfig = field(default_factory=GenerationConfig)
    revision: str | None = None
    is_mock: bool = False
    is_demo: bool = False


def load(config: ServerConfig, on_progress: OnProgress, on_step: OnStep) -> Loaded:
    """Builds everything but does not start the engine. Takes seconds, so keep it off event loops.

    Raises CheckpointError, or NotServing for a device that is missing. on_progress may be called
    from any thread, on_step on the event loop that starts the engine. The mock has no steps.
    """
    if config.mock.mock:
        return _build_mock(config, on_progress)
    return _build_torch(config, on_progress, on_step)


def _build_mock(config: ServerConfig, on_progress: OnProgress) -> Loaded:
    from inference_server.engine.mock.engine import MockEngine

    on_progress("reading the tokenizer", 0.0)
    tokenizer = Tokenizer.load(DEMO_MODEL)
    engine = MockEngine(
        tokenizer.encode,
        tokenizer.decode,
        eos_id=tokenizer.eos_id,
        max_model_len=config.engine.max_model_len or _MOCK_MAX_MODEL_LEN,
        tokens_per_s=config.mock.mock_tokens_per_s,
        first_token_delay_s=config.mock.mock_first_token_delay_s,
        max_num_seqs=config.engine.max_num_seqs,
        max_waiting=config.engine.max_waiting,
    )
    return Loaded(
        engine=engine,
        tokenizer=tokenizer,
        tiling=_MOCK_TILING,
        vocab_size=tokenizer.vocab_size,
        checkpoint="mock",
        is_mock=True,
    )


def _build_torch(config: ServerConfig, on_progress: OnProgress, on_step: OnStep) -> Loaded:
    on_progress("importing torch", 0.0)
    from inference_server.engine.engine import TorchEngine
    from inference_server.engine.startup.build import choose_device

    # A missing device is reported before a checkpoint is downloaded for it.
    choose_device(config.engine.device)
    on_progress("reading the checkpoint", 0.0)
    model, path = config.checkpoint.model, _find(config.checkpoint)
    model_config = ModelConfig.load(path)
    tokenizer = Tokenizer.load(path)
    vocab_size = min(tokenizer.vocab_size, model_config.language.vocab_size)
    return Loaded(
        engine=TorchEngine(path, model_config, config.engine, on_progress, on_step=on_step),
        tokenizer=tokenizer,
        tiling=Tiling(
            tile_size=model_config.tile_size,
            tokens_per_tile=model_config.tokens_per_tile,
            max_tiles=model_config.max_tiles,
            use_thumbnail=model_config.use_thumbnail,
        ),
        vocab_size=vocab_size,
        generation=GenerationConfig.load(path, vocab_size=vocab_size),
        checkpoint=path.name if model is None or Path(model).expanduser().is_dir() else model,
        revision=config.checkpoint.revision,
        is_demo=model is None,
    )


def _find(config: CheckpointConfig) -> Path:
    if config.model is None:
        return DEMO_MODEL
    cache = config.cache_path.expanduser() if config.cache_path else None
    return resolve(config.model, config.revision, cache=cache)
