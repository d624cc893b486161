"""Properties that only a GPU shows: copies that do not wait, graphs, measured memory, tokens."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from inference_server.checkpoint.config import ModelConfig
from inference_server.config import EngineConfig
from inference_server.engine.engine import TorchEngine
from inference_server.engine.execution.cuda_graphs import CudaCapture
from inference_server.engine.execution.sampler import Sampler
from inference_server.engine.execution.transfer import Download, upload
from inference_server.engine.scheduling.plan import Row
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.startup.build import prepare
from inference_server.engine.startup.load_model import load_model
from inference_server.engine.types import Sampling, TokenStream
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tests.inference_server.engine.loop import Loop, build_loop
from tests.inference_server.engine.prompts import image, prompt_of, video, words

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
    pytest.mark.filterwarnings("ignore:Synchronization debug mode"),
]

PROMPT = prompt_of([words(17), (b"image", image(1)), (b"video", video(2)), words(18)])
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
    return load_model(checkpoint, model_config, device=device, dtype=torch.float32)


@contextmanager
def no_waiting() -> Iterator[None]:
    """Raises where the host waits for the device."""
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.fixture(scope="module")
def make_cuda_loop(cuda_model: NemotronNanoVL) -> Callable[..., Loop]:
    """Makes loops with blocks that the kernels take."""
    return partial(build_loop, cuda_model, block_size=16)


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


def test_samples_the_same_tokens_as_a_cpu_without_waiting() -> None:
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


@pytest.mark.parametrize("has_graphs", [False, True])
def test_no_step_waits_be_it_of_media_chunks_or_decodes(
    make_cuda_loop: Callable[..., Loop], has_graphs: bool
) -> None:
    capture = CudaCapture() if has_graphs else None
    loop = make_cuda_loop(max_num_batched_tokens=40, capture=capture)
    for sampling in (GREEDY, EVERYTHING):
        loop.submit(PROMPT, sampling)
    loop.run()
    unseen = prompt_of([words(17), (b"other", image(3)), (b"another", video(4)), words(18)])
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


@pytest.mark.parametrize("has_graphs", [False, True])
@pytest.mark.parametrize("sampling", [GREEDY, EVERYTHING], ids=["greedy", "seeded"])
def test_gives_the_tokens_of_a_cpu_however_it_is_chunked(
    make_cuda_loop: Callable[..., Loop],
    make_loop: Callable[..., Loop],
    sampling: Sampling,
    has_graphs: bool,
) -> None:
    expected = make_loop()
    expected.submit(PROMPT, sampling)
    expected.run()
    for num_tokens in (1, 7, 20, 64):
        capture = CudaCapture() if has_graphs else None
        loop = make_cuda_loop(max_num_seqs=1, max_num_batched_tokens=num_tokens, capture=capture)
        loop.submit(PROMPT, sampling)
        loop.run()
        assert loop.answers[0].token_ids == expected.answers[0].token_ids
        torch.testing.assert_close(loop.logits(0).cpu(), expected.logits(0), atol=2e-3, rtol=0)


def test_graphs_of_all_sizes_give_the_tokens_of_steps_without(
    make_cuda_loop: Callable[..., Loop],
) -> None:
    tokens: list[list[list[int]]] = []
    for capture in (None, CudaCapture()):
        loop = make_cuda_loop(max_num_seqs=24, num_blocks=400, capture=capture)
        for index in range(24):
            prompt = prompt_of([words(5 + 3 * index, seed=index), (b"%d" % index, image(index))])
            loop.submit(prompt, Sampling(max_tokens=4 + 2 * index, seed=index, top_p=0.95))
        loop.run()
        tokens.append([answer.token_ids for answer in loop.answers.values()])
    assert tokens[0] == tokens[1]


def test_strangers_move_logits_in_bfloat16_a_little_only(
    checkpoint: Path, model_config: ModelConfig
) -> None:
    device = torch.device("cuda")
    model = load_model(checkpoint, model_config, device=device, dtype=torch.bfloat16)
    logits: list[torch.Tensor] = []
    for num_strangers in (0, 13):
        loop = build_loop(
            model, max_num_seqs=16, block_size=16, num_blocks=400, capture=CudaCapture()
        )
        loop.submit(PROMPT, Sampling(max_tokens=2, temperature=0.0))
        for index in range(num_strangers):
            loop.submit(prompt_of([words(9 + index, seed=index)]), GREEDY)
        loop.run()
        logits.append(loop.logits(0)[0].float())
    alone, together = logits
    assert (alone - together).norm() < 0.02 * alone.norm()


def test_out_of_memory_fails_the_largest_alone(make_cuda_loop: Callable[..., Loop]) -> None:
    loop = make_cuda_loop(max_num_batched_tokens=2**16, num_blocks=4200, capture=CudaCapture())
    expected = loop.submit(PROMPT, EVERYTHING)
    loop.run()
    torch.cuda.empty_cache()
    # Enough for a short step, not for a long one.
    room = torch.cuda.memory_reserved() + 48 * 2**20
    torch.cuda.set_per_process_memory_fraction(room / torch.cuda.mem_get_info()[1])
    try:
        largest = loop.submit(prompt_of([words(65_000)]), GREEDY)
        kept = loop.submit(PROMPT, EVERYTHING)
        loop.run()
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert loop.answers[largest].has_failed
    assert loop.answers[kept].token_ids == loop.answers[expected].token_ids


async def test_measures_its_memory_and_stays_within_its_share(
    checkpoint: Path, model_config: ModelConfig
) -> None:
    config = EngineConfig(device="cuda", max_model_len=2**21, gpu_memory_fraction=0.1)
    told: set[str] = set()
    engine = TorchEngine(checkpoint, model_config, config, lambda what, _: told.add(what))
    await engine.start()
    assert {"measuring memory", "recording graphs", "warming up"} <= told
    free, total = torch.cuda.mem_get_info()
    assert 0.06 * total < total - free < 0.11 * total
    outputs = [output async for output in engine.submit(PROMPT, EVERYTHING)]
    assert outputs[-1].finish is not None
    await engine.stop()


async def test_compiles_nothing_once_it_is_ready(
    checkpoint: Path, model_config: ModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compile_late(*_: object) -> None:
        raise AssertionError("a kernel is compiled late")

    jit = pytest.importorskip("triton.runtime.jit")
    # Blocks of a size that no other test has kernels for.
    config = EngineConfig(
        device="cuda", dtype="bfloat16", block_size=32, num_blocks=300, gpu_memory_fraction=0.5
    )
    engine = TorchEngine(checkpoint, model_config, config, lambda *_: None)
    await engine.start()
    monkeypatch.setattr(jit.JITFunction, "_do_compile", compile_late)
    prompts = [PROMPT, *(prompt_of([words(count, seed=count)]) for count in (1, 2, 16, 33, 200))]
    async with asyncio.TaskGroup() as group:
        for index, prompt in enumerate(prompts * 3):
            sampling = (GREEDY, EVERYTHING, Sampling(max_tokens=3 + index, seed=index))[index % 3]
            group.create_task(drain(engine.submit(prompt, sampling)))
    await engine.stop()


async def drain(stream: TokenStream) -> None:
    async for _ in stream:
        pass


def test_blocks_of_an_odd_size_are_refused(cuda_model: NemotronNanoVL) -> None:
    with pytest.raises(ValueError, match="power of two"):
        prepare(cuda_model, EngineConfig(block_size=24), lambda *_: None)
