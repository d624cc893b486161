"""Asks a checkpoint by the server's own path: prompt, engine, events, fold. Greedy."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from nemotron_vl.completion import CompletionBuilder
from nemotron_vl.v1.inference_pb2 import Choice

from inference_server.checkpoint.config import ModelConfig
from inference_server.config import EngineConfig
from inference_server.engine.engine import TorchEngine
from inference_server.engine.types import Engine, Sampling
from inference_server.media.grid import Tiling
from inference_server.output.events import ChoiceEvents
from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from tools.demo_model.conversation import to_generation, to_media
from tools.demo_model.sample import Sample

_MAX_TOKENS = 256


async def answer_all(
    checkpoint: Path, samples: Sequence[Sample], config: EngineConfig
) -> list[Choice]:
    """The model's own last message to each sample, all of them in flight together."""
    model_config = ModelConfig.load(checkpoint)
    engine = TorchEngine(checkpoint, model_config, config, _ignore_progress)
    await engine.start()
    try:
        respondent = _Respondent(engine, checkpoint, model_config)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(respondent.answer(sample)) for sample in samples]
        return [task.result() for task in tasks]
    finally:
        await engine.stop()


class _Respondent:
    """Answers single samples with a started engine."""

    def __init__(self, engine: Engine, checkpoint: Path, config: ModelConfig) -> None:
        self._engine = engine
        self._tokenizer = Tokenizer.load(checkpoint)
        tiling = Tiling(
            tile_size=config.tile_size,
            tokens_per_tile=config.tokens_per_tile,
            max_tiles=config.max_tiles,
            use_thumbnail=config.use_thumbnail,
        )
        self._builder = PromptBuilder(self._tokenizer, tiling)

    async def answer(self, sample: Sample) -> Choice:
        """The last message of the sample is the answer, and not shown."""
        asked = len(sample.messages) - 1
        media = to_media(sample, asked)
        built = self._builder.build(to_generation(sample, asked), media)
        sampling = Sampling(
            max_tokens=min(_MAX_TOKENS, self._engine.max_model_len - len(built.prompt)),
            temperature=0.0,
            stop_token_ids=frozenset((self._tokenizer.eos_id,)),
        )
        choice = ChoiceEvents(
            self._tokenizer,
            choice_index=0,
            is_thinking=built.is_thinking,
            has_tools=bool(sample.tools),
        )
        completion = CompletionBuilder()
        async for output in self._engine.submit(built.prompt, sampling):
            for event in choice.push(output):
                completion.add(event)
        return completion.completion.choices[0]


def _ignore_progress(what: str, share: float) -> None:
    """Loading a small model takes no time."""
