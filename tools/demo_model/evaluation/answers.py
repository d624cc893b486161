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
from inference_server.output.events import ChoiceEvents
from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from tools.demo_model.conversation import load_prompt_builder, to_generation, to_media
from tools.demo_model.sample import Sample

_MAX_TOKENS = 256


async def answer_all(
    checkpoint: Path, samples: Sequence[Sample], config: EngineConfig
) -> list[Choice]:
    """The model's own last message to each sample, all of them in flight together."""
    model_config = ModelConfig.load(checkpoint)
    engine = TorchEngine(checkpoint, model_config, config, lambda *_: None)
    tokenizer, builder = load_prompt_builder(checkpoint)
    await engine.start()
    try:
        async with asyncio.TaskGroup() as group:
            answers = (_answer(engine, tokenizer, builder, sample) for sample in samples)
            tasks = [group.create_task(answer) for answer in answers]
        return [task.result() for task in tasks]
    finally:
        await engine.stop()


async def _answer(
    engine: Engine, tokenizer: Tokenizer, builder: PromptBuilder, sample: Sample
) -> Choice:
    """The last message of the sample is the answer, and not shown."""
    asked = len(sample.messages) - 1
    built = builder.build(to_generation(sample, asked), to_media(sample, asked))
    sampling = Sampling(
        max_tokens=min(_MAX_TOKENS, engine.max_model_len - len(built.prompt)),
        temperature=0.0,
        stop_token_ids=frozenset((tokenizer.eos_id,)),
    )
    choice = ChoiceEvents(
        tokenizer, choice_index=0, is_thinking=built.is_thinking, has_tools=bool(sample.tools)
    )
    completion = CompletionBuilder()
    async for output in engine.submit(built.prompt, sampling):
        for event in choice.push(output):
            completion.add(event)
    return completion.completion.choices[0]
