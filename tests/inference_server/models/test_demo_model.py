"""The model that comes with the package: what the engine says is what transformers' modules say."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from nemotron_vl import system, user
from nemotron_vl.v1.content_pb2 import Image as ImagePart
from nemotron_vl.v1.content_pb2 import Part, Tool
from nemotron_vl.v1.inference_pb2 import Generation
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.locate import DEMO_MODEL
from inference_server.config import EngineConfig
from inference_server.engine.engine import TorchEngine
from inference_server.engine.types import Prompt, Sampling
from inference_server.media.decoded import DecodedImage
from inference_server.media.grid import Tiling
from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from tests.inference_server.models import oracles

CONFIG = ModelConfig.load(DEMO_MODEL)
TOKENIZER = Tokenizer.load(DEMO_MODEL)
_MAX_TOKENS = 48
_MAX_FILE_BYTES = 16 * 2**20

_FLAGS = ("", "/think", "/no_think")
_CITIES = [
    "Paris",
    "Oslo",
    "Lima",
    "Cairo",
    "Tokyo",
    "Rome",
    "Delhi",
    "Quito",
    "Bern",
    "Madrid",
    "Berlin",
    "London",
]
_COLORS = ("red", "blue", "green")
_PICTURE_QUESTIONS = (
    "Caption the content of this image:",
    "How many shapes are there?",
    "What is the title?",
    "What kind of picture is this?",
)
_TEXTS = (
    "Hello!",
    "Who are you?",
    "What is the capital of France?",
    "Describe the image.",
    "Write a poem about the sea.",
    "Thank you!",
    "Context:\nThe price of Tea is $4.\n\nQuestion: What is the price of Tea?\n\nAnswer:",
)
_WEATHER = Tool(
    name="get_weather",
    description="Get the current weather in a city",
    parameters_json_schema=json.dumps(
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    ),
)


@dataclass(frozen=True, slots=True)
class _Question:
    generation: Generation
    pixels: np.ndarray | None = None


def _scene(seed: int) -> np.ndarray:
    """A whole tile: a title, and one to four circles and squares."""
    image = Image.new("RGB", (512, 512), "white")
    draw = ImageDraw.Draw(image)
    if seed % 2:
        draw.text((60, 30), f"Sales {2000 + seed}", "black", ImageFont.load_default(40))
    for index in range(1 + seed % 4):
        x, y, color = 70 + 110 * index, 150 + 60 * ((seed + index) % 4), _COLORS[seed % 3]
        shape = draw.ellipse if (seed + index) % 2 else draw.rectangle
        shape((x, y, x + 80, y + 80), fill=color)
    return np.asarray(image)


def _questions() -> list[_Question]:
    with_images = [
        _question(text, flag=_FLAGS[(index + seed) % 3], pixels=_scene(seed))
        for seed in range(6)
        for index, text in enumerate(_PICTURE_QUESTIONS)
    ]
    written = [_question(text, flag=flag) for text in _TEXTS for flag in _FLAGS[1:]]
    calls = [_question(f"What is the weather in {city}?", tools=[_WEATHER]) for city in _CITIES]
    return [*with_images, *written, *calls]


def _question(
    text: str, *, flag: str = "", pixels: np.ndarray | None = None, tools: Sequence[Tool] = ()
) -> _Question:
    parts = [text] if pixels is None else [text, Part(image=ImagePart())]
    messages = [system(flag), user(*parts)]
    return _Question(Generation(messages=messages, tools=tools), pixels)


def _prompts(questions: Sequence[_Question]) -> list[Prompt]:
    tiling = Tiling(
        tile_size=CONFIG.tile_size,
        tokens_per_tile=CONFIG.tokens_per_tile,
        max_tiles=CONFIG.max_tiles,
        use_thumbnail=CONFIG.use_thumbnail,
    )
    builder = PromptBuilder(TOKENIZER, tiling)
    return [
        builder.build(
            question.generation,
            {}
            if question.pixels is None
            else {"messages[1].parts[1]": DecodedImage(pixels=question.pixels)},
        ).prompt
        for question in questions
    ]


async def _answers(prompts: Sequence[Prompt]) -> list[list[int]]:
    """The engine's greedy tokens, all prompts at once, in float32 on the CPU."""
    config = EngineConfig(device="cpu", dtype="float32")
    engine = TorchEngine(DEMO_MODEL, CONFIG, config, lambda _stage, _share: None)
    sampling = Sampling(
        max_tokens=_MAX_TOKENS, temperature=0.0, stop_token_ids=frozenset({TOKENIZER.eos_id})
    )

    async def answer(prompt: Prompt) -> list[int]:
        return [
            token_id
            async for output in engine.submit(prompt, sampling)
            for token_id in output.token_ids
        ]

    await engine.start()
    try:
        return await asyncio.gather(*map(answer, prompts))
    finally:
        await engine.stop()


class _Oracle:
    """The whole model from transformers' modules."""

    def __init__(self) -> None:
        self._tensors = oracles.read_tensors(DEMO_MODEL)
        self._language = oracles.language_oracle(CONFIG.language, self._tensors)
        self._vision = oracles.vision_oracle(CONFIG.vision, self._tensors)
        self._embeddings_by_pixels: dict[bytes, Tensor] = {}

    @torch.inference_mode()
    def greedy(self, prompt: Prompt, pixels: np.ndarray | None, answer: list[int]) -> list[int]:
        """The likeliest token at each place of an answer, given the tokens before.

        It says the very answer, token by token, just where these are the answer's tokens.
        """
        token_ids = torch.tensor([*prompt.token_ids.tolist(), *answer[:-1]])
        x = self._language.model.embeddings(token_ids)
        for span in prompt.spans:
            assert pixels is not None
            x[span.start : span.end] = self._encode(pixels)
        logits = self._language(inputs_embeds=x[None], use_cache=False).logits[0]
        return logits[len(prompt) - 1 :].argmax(dim=-1).tolist()

    def _encode(self, pixels: np.ndarray) -> Tensor:
        known = self._embeddings_by_pixels.get(pixels.tobytes())
        if known is not None:
            return known
        mean, std = (torch.tensor(values) for values in (CONFIG.norm_mean, CONFIG.norm_std))
        tile = ((torch.from_numpy(pixels.copy()) / 255 - mean) / std).permute(2, 0, 1)[None]
        [encoded] = oracles.encode_images(self._vision, CONFIG, self._tensors, tile)
        self._embeddings_by_pixels[pixels.tobytes()] = encoded
        return encoded


@pytest.fixture(scope="module")
def oracle() -> _Oracle:
    return _Oracle()


async def test_fifty_greedy_answers_are_the_oracle_s(oracle: _Oracle) -> None:
    questions = _questions()
    assert len(questions) == 50
    prompts = _prompts(questions)
    answers = await _answers(prompts)
    for question, prompt, answer in zip(questions, prompts, answers, strict=True):
        assert answer == oracle.greedy(prompt, question.pixels, answer), question.generation
    assert sum(answer[-1] == TOKENIZER.eos_id for answer in answers) > 45


async def test_the_oracle_sees_the_image(oracle: _Oracle) -> None:
    """Keeps the comparison above able to fail on wrong pixels."""
    [question, *_] = _questions()
    [prompt] = _prompts([question])
    [answer] = await _answers([prompt])
    assert question.pixels is not None
    assert oracle.greedy(prompt, 255 - question.pixels, answer) != answer


def test_it_has_every_kind_of_layer_and_fits_into_the_repository() -> None:
    assert set(CONFIG.language.pattern) == {"M", "-", "*"}
    assert (DEMO_MODEL / "model.safetensors").stat().st_size < _MAX_FILE_BYTES
