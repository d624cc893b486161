"""What only a GPU shows: copies that do not wait, measured memory, and the same tokens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from inference_server.config import EngineConfig
from inference_server.engine.engine import TorchEngine
from inference_server.engine.plan import Row
from inference_server.engine.sampler import Sampler
from inference_server.engine.sequence import Sequence
from inference_server.engine.transfer import Download, upload
from inference_server.engine.types import Sampling
from inference_server.models.config import ModelConfig
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tests.inference_server.engine.loop import Loop, build_loop
from tests.inference_server.engine.prompts import clip, picture, prompt_of, words

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
    pytest.mark.filterwarnings("ignore:Synchronization debug mode"),
]

PROMPT = prompt_of([words(17), (b"picture", picture(1)), (b"clip", clip(2)), words(18)])
GREEDY = Sampling(max_tokens=12, temperature=0.0)
EVERYTHING = Sampling(
    max_tokens=12,
    min_tokens=3,
    temperature=1.2,
    top_p=0.9,
    top_k=40,
    min_p=0.01,
    seed=3,
    frequency_penalty=0.5,
    presence_penalty=0.2,
    repetition_penalty=1.1,
    stop_token_ids=frozenset([4, 5]),
    logit_bias=((3, 1.0), (9, -2.0)),
    top_logprobs=5,
)


@pytest.fixture(scope="module")
def cuda_model(checkpoint: Path, model_config: ModelConfig) -> NemotronNanoVL:
    device = torch.device("cuda")
    return NemotronNanoVL.load(checkpoint, model_config, device=device, dtype=torch.float32)


@contextmanager
def no_waiting() -> Iterator[None]:
    """Raises where the host waits for the device."""
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def rows_of(samplings: list[Sampling]) -> list[Row]:
    rows: list[Row] = []
    for slot, sampling in enumerate(samplings, start=1):
        sequence = Sequence(slot, prompt_of([words(5)]), sampling)
        sequence.slot = slot
        rows.append(
            Row(sequence=sequence, start=0, length=5, is_sampled=True, output_index=slot % 5)
        )
    return rows


def test_copies_both_ways_without_waiting() -> None:
    arrays = [
        np.arange(7, dtype=np.int64),
        np.arange(6, dtype=np.int32).reshape(2, 3),
        np.empty((0, 4), dtype=np.int32),
        np.array([[1.5, -2.0]], dtype=np.float32),
        np.arange(24, dtype=np.uint8).reshape(4, 3, 2)[::-1],
    ]
    with no_waiting():
        tensors = upload(arrays, torch.device("cuda"))
        download = Download(tensors)
    for array, tensor, back in zip(arrays, tensors, download.wait(), strict=True):
        assert tensor.is_cuda
        assert back.numpy().dtype == array.dtype
        np.testing.assert_array_equal(back.numpy(), array)


def test_samples_what_a_cpu_samples_without_waiting() -> None:
    logits = torch.randn(24, 1000, generator=torch.Generator().manual_seed(0))
    rows = rows_of([GREEDY, Sampling(max_tokens=9, seed=1), EVERYTHING] * 8)
    chosen: list[list[int]] = []
    for name in ("cpu", "cuda"):
        device = torch.device(name)
        sampler = Sampler(num_slots=25, vocab_size=1000, device=device)
        on_device = logits.to(device, copy=True)
        torch.cuda.synchronize()
        with no_waiting():
            sampled = sampler.sample(on_device, rows, num_decodes=0)
        chosen.append(sampled.token_ids.tolist())
    assert chosen[0] == chosen[1]


def test_no_step_waits_be_it_of_media_chunks_or_decodes(cuda_model: NemotronNanoVL) -> None:
    loop = build_loop(cuda_model, max_num_batched_tokens=40)
    for sampling in (GREEDY, EVERYTHING):
        loop.submit(PROMPT, sampling)
    loop.run()
    unseen = prompt_of([words(17), (b"other", picture(3)), (b"another", clip(4)), words(18)])
    for sampling in (GREEDY, EVERYTHING):
        loop.submit(unseen, sampling)
    kinds: set[tuple[bool, bool, bool]] = set()
    while not loop.scheduler.is_idle:
        plan = loop.scheduler.schedule()
        assert plan is not None
        with no_waiting():
            assert loop.runner.encode(plan) == []
            pending = loop.runner.sample(plan, loop.runner.forward(plan))
        kinds.add((bool(plan.encodes), bool(plan.chunks), bool(plan.decodes)))
        loop.scheduler.collect(plan, loop.runner.collect(pending).token_ids)
    assert {(True, True, False), (False, True, True), (False, False, True)} <= kinds


@pytest.mark.parametrize("sampling", [GREEDY, EVERYTHING], ids=["greedy", "seeded"])
def test_gives_the_tokens_of_a_cpu_however_it_is_chunked(
    cuda_model: NemotronNanoVL, make_loop: Callable[..., Loop], sampling: Sampling
) -> None:
    expected = make_loop()
    expected.submit(PROMPT, sampling)
    expected.run()
    for num_tokens in (1, 7, 20, 64):
        loop = build_loop(cuda_model, max_num_seqs=1, max_num_batched_tokens=num_tokens)
        loop.submit(PROMPT, sampling)
        loop.run()
        assert loop.answers[0].token_ids == expected.answers[0].token_ids
        torch.testing.assert_close(loop.logits(0).cpu(), expected.logits(0), atol=2e-3, rtol=0)


async def test_measures_its_memory_and_stays_within_its_share(
    checkpoint: Path, model_config: ModelConfig
) -> None:
    config = EngineConfig(device="cuda", max_model_len=2**24, gpu_memory_fraction=0.5)
    engine = TorchEngine(checkpoint, model_config, config, lambda *_: None)
    await engine.start()
    free, total = torch.cuda.mem_get_info()
    assert 0.3 * total < total - free < 0.55 * total
    outputs = [output async for output in engine.submit(PROMPT, EVERYTHING)]
    assert outputs[-1].finish is not None
    await engine.stop()
