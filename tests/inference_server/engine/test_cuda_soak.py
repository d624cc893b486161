"""A mixed load for a while, whose memory must not grow: SOAK_S=480 pytest -m gpu -k soak."""

import asyncio
import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from inference_server.checkpoint.config import ModelConfig
from inference_server.config import EngineConfig
from inference_server.engine.engine import TorchEngine
from inference_server.engine.types import Prompt, Sampling
from tests.inference_server.engine.prompts import image, prompt_of, video, words

SOAK_S = float(os.environ.get("SOAK_S", "30"))
MIB = 2**20

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
    pytest.mark.timeout(SOAK_S + 300),
]


def a_prompt(rng: np.random.Generator) -> Prompt:
    """Text, or text and media that were never seen."""
    seed = int(rng.integers(2**31))
    text = words(int(rng.integers(1, 200)), seed=seed)
    match rng.integers(3):
        case 0:
            return prompt_of([text])
        case 1:
            return prompt_of([text, (b"image%d" % seed, image(seed, columns=1 + seed % 6))])
        case _:
            return prompt_of([(b"video%d" % seed, video(seed, num_frames=2 + seed % 9)), text])


def a_sampling(rng: np.random.Generator) -> Sampling:
    plain = Sampling(max_tokens=int(rng.integers(1, 120)), seed=int(rng.integers(2**31)))
    limited = Sampling(
        max_tokens=20, top_p=0.9, presence_penalty=0.3, top_logprobs=3, logit_bias=((3, 1.0),)
    )
    return plain if rng.random() < 0.7 else limited


async def client(engine: TorchEngine, seed: int, end_s: float) -> None:
    """Asks again and again, and goes away from one in eight answers."""
    rng = np.random.default_rng(seed)
    while time.monotonic() < end_s:
        stream = engine.submit(a_prompt(rng), a_sampling(rng))
        patience = rng.integers(1, 10) if rng.random() < 0.125 else 1000
        async for _ in stream:
            patience -= 1
            if not patience:
                stream.cancel()


def bytes_in_use() -> tuple[int, int]:
    """Bytes of the host, in this process, and of the device."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    free, total = torch.cuda.mem_get_info()
    return pages * os.sysconf("SC_PAGE_SIZE"), total - free


async def test_soak_of_a_mixed_load_leaves_memory_flat(
    checkpoint: Path, model_config: ModelConfig
) -> None:
    config = EngineConfig(
        device="cuda", num_blocks=400, gpu_memory_fraction=0.5, vision_cache_bytes=MIB
    )
    engine = TorchEngine(checkpoint, model_config, config, lambda *_: None)
    await engine.start()
    end_s = time.monotonic() + SOAK_S
    samples: list[tuple[int, int]] = []
    async with asyncio.TaskGroup() as group:
        for seed in range(80):
            group.create_task(client(engine, seed, end_s))
        while time.monotonic() < end_s:
            samples.append(bytes_in_use())
            await asyncio.sleep(SOAK_S / 400)
    assert engine.is_alive()
    await engine.stop()
    # The first half is for pools to find their size; then quarter against quarter.
    quarter = len(samples) // 4
    before, after = (
        np.median(samples[start : start + quarter], axis=0) for start in (2 * quarter, 3 * quarter)
    )
    assert (after - before < 16 * MIB).all(), f"host and device grew by {(after - before) / MIB}"
