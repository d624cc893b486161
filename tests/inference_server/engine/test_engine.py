import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.errors import CheckpointError
from inference_server.config import EngineConfig
from inference_server.engine import engine as engine_module
from inference_server.engine.engine import TorchEngine
from inference_server.engine.execution.step import StepResult
from inference_server.engine.types import (
    Engine,
    FinishReason,
    Sampling,
    StepOutput,
    StepRecord,
    TokenStream,
)
from inference_server.errors import (
    EngineFailed,
    NotServing,
    Overloaded,
    ServerError,
)
from inference_server.prompt.media_key import image_key
from tests.inference_server.engine.loop import Loop
from tests.inference_server.engine.prompts import image, prompt_of, words

PROMPT = prompt_of([words(9), (b"image", image(1)), words(8)])
GREEDY = Sampling(max_tokens=12, temperature=0.0)
ENDLESS = Sampling(max_tokens=400)


class Factory:
    """Makes engines on the small checkpoint, and stops them."""

    def __init__(self, checkpoint: Path, model_config: ModelConfig) -> None:
        self.checkpoint = checkpoint
        self.model_config = model_config
        self.progress: list[tuple[str, float]] = []
        self.records: list[StepRecord] = []

    def make(self, **settings: float | str) -> TorchEngine:
        defaults = {"device": "cpu", "max_num_batched_tokens": 64, "block_size": 16}
        return TorchEngine(
            self.checkpoint,
            self.model_config,
            EngineConfig.model_validate(defaults | settings),
            lambda what, share: self.progress.append((what, share)),
            on_step=self.records.append,
        )

    @asynccontextmanager
    async def running(self, **settings: float | str) -> AsyncIterator[TorchEngine]:
        engine = self.make(**settings)
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop()


@pytest.fixture
def factory(checkpoint: Path, model_config: ModelConfig) -> Factory:
    return Factory(checkpoint, model_config)


async def read(stream: TokenStream) -> list[StepOutput]:
    return [output async for output in stream]


async def token_ids(stream: TokenStream) -> list[int]:
    return [token_id for output in await read(stream) for token_id in output.token_ids]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.001)


async def test_answers_as_the_loop_without_a_thread_does(
    factory: Factory, make_loop: Callable[..., Loop]
) -> None:
    loop = make_loop()
    expected = loop.submit(PROMPT, GREEDY)
    loop.run()
    async with factory.running() as engine:
        outputs = await read(engine.submit(PROMPT, GREEDY))
    assert [t for output in outputs for t in output.token_ids] == loop.answers[expected].token_ids
    assert outputs[-1].finish is FinishReason.LENGTH
    assert all(output.finish is None for output in outputs[:-1])


async def test_implements_the_border(factory: Factory) -> None:
    engine: Engine = factory.make()
    assert not engine.is_alive()
    await engine.start()
    assert engine.is_alive()
    assert engine.max_model_len == 512
    assert factory.progress
    await engine.stop()
    assert not engine.is_alive()


async def test_many_streams_at_once_all_end(factory: Factory) -> None:
    async with factory.running(max_num_seqs=5) as engine:
        samplings = [Sampling(max_tokens=3 + index, seed=index) for index in range(20)]
        answers = await asyncio.gather(
            *(token_ids(engine.submit(PROMPT, sampling)) for sampling in samplings)
        )
        assert [len(answer) for answer in answers] == list(range(3, 23))
        await until(lambda: engine.load().num_running == 0)
    assert max(record.num_running for record in factory.records) == 5
    assert sum(record.num_tiles for record in factory.records) == 3


async def test_an_image_is_encoded_again_for_each_salt_and_only_then(factory: Factory) -> None:
    media = image(1)
    async with factory.running() as engine:
        for salt in ("", "tenant", "tenant", "", "other"):
            prompt = prompt_of([words(9), (image_key(media, salt), media), words(8)])
            await read(engine.submit(prompt, GREEDY))
    assert sum(record.num_tiles for record in factory.records) == 3 * media.num_tiles


async def test_a_reader_that_lags_gets_its_tokens_in_one_output(factory: Factory) -> None:
    asking = Sampling(max_tokens=12, temperature=0.0, top_logprobs=1)
    async with factory.running() as engine:
        expected = await token_ids(engine.submit(PROMPT, GREEDY))
        stream = engine.submit(PROMPT, asking)
        await token_ids(engine.submit(PROMPT, Sampling(max_tokens=40)))
        (output,) = await read(stream)
    assert list(output.token_ids) == expected
    assert [logprob.token_id for logprob in output.logprobs] == expected
    assert output.finish is FinishReason.LENGTH


async def test_canceled_sequences_free_their_place(factory: Factory) -> None:
    async with factory.running(max_num_seqs=2) as engine:
        streams = [engine.submit(PROMPT, ENDLESS) for _ in range(5)]
        await until(lambda: engine.load().num_running == 2)
        assert engine.load().num_waiting == 3
        assert engine.load().cache_usage > 0
        for stream in (streams[0], streams[4], streams[4]):
            stream.cancel()
        assert await read(streams[4]) == []
        for stream in streams:
            stream.cancel()
        await until(lambda: engine.load().cache_usage == 0)
        assert (engine.load().num_running, engine.load().num_waiting) == (0, 0)
        assert len(await token_ids(engine.submit(PROMPT, GREEDY))) == 12


async def test_a_full_queue_refuses(factory: Factory) -> None:
    async with factory.running(max_num_seqs=1, max_waiting=2) as engine:
        streams = [engine.submit(PROMPT, ENDLESS) for _ in range(3)]
        with pytest.raises(Overloaded):
            engine.submit(PROMPT, ENDLESS)
        streams[1].cancel()
        engine.submit(PROMPT, ENDLESS)


async def test_a_sequence_that_can_never_fit_is_refused_at_once(factory: Factory) -> None:
    async with factory.running(num_blocks=5) as engine:
        assert engine.max_model_len == 64
        with pytest.raises(ValueError, match="max_model_len"):
            engine.submit(PROMPT, Sampling(max_tokens=64 - len(PROMPT) + 1))
        assert engine.load().num_waiting == 0


async def test_nothing_is_taken_before_the_start_or_after_the_stop(factory: Factory) -> None:
    engine = factory.make()
    with pytest.raises(NotServing):
        engine.submit(PROMPT, GREEDY)
    await engine.start()
    stream = engine.submit(PROMPT, ENDLESS)
    await engine.stop()
    with pytest.raises(NotServing):
        await read(stream)
    with pytest.raises(NotServing):
        engine.submit(PROMPT, GREEDY)


async def test_stopping_frees_everything(
    factory: Factory, caplog: pytest.LogCaptureFixture
) -> None:
    engine = factory.make()
    await engine.start()
    for _ in range(3):
        engine.submit(PROMPT, ENDLESS)
    await until(lambda: engine.load().num_running == 3)
    await engine.stop()
    assert not any(record.levelname == "CRITICAL" for record in caplog.records)


async def test_a_checkpoint_that_cannot_be_loaded_is_said_by_start(
    factory: Factory, tmp_path: Path
) -> None:
    factory.checkpoint = tmp_path
    engine = factory.make()
    with pytest.raises(CheckpointError):
        await engine.start()
    assert not engine.is_alive()
    await engine.stop()


async def test_can_be_stopped_while_it_loads(factory: Factory) -> None:
    engine = factory.make()
    starting = asyncio.create_task(engine.start())
    await asyncio.sleep(0)
    await engine.stop()
    with pytest.raises(NotServing):
        await starting
    await asyncio.sleep(0)
    assert not engine.is_alive()


def fail(*_: object) -> tuple[None, StepResult]:
    raise RuntimeError("a kernel of ours is broken")


async def test_a_failure_ends_every_stream_and_the_engine(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with factory.running() as engine:
        streams = [engine.submit(PROMPT, ENDLESS) for _ in range(3)]
        await until(lambda: engine.load().num_running == 3)
        monkeypatch.setattr(engine_module, "advance", fail)
        for stream in streams:
            with pytest.raises(EngineFailed) as raised:
                await read(stream)
            assert "kernel" not in str(raised.value)
        assert not engine.is_alive()
        with pytest.raises(EngineFailed):
            engine.submit(PROMPT, GREEDY)


async def test_a_step_that_hangs_is_noticed(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    advance = engine_module.advance

    def hang(*args: object) -> object:
        goes_on.wait()
        return advance(*args)  # type: ignore[arg-type]

    async with factory.running(stall_timeout_s=0.2) as engine:
        await asyncio.sleep(0.3)
        assert engine.is_alive()
        monkeypatch.setattr(engine_module, "advance", hang)
        stream = engine.submit(PROMPT, GREEDY)
        await until(lambda: not engine.is_alive())
        monkeypatch.undo()
        goes_on.set()
        assert len(await token_ids(stream)) == 12


async def test_media_that_cannot_be_encoded_fail_their_request_alone(factory: Factory) -> None:
    broken = image(2)
    object.__setattr__(broken, "pixels", broken.pixels[:0])
    async with factory.running() as engine:
        failing = engine.submit(prompt_of([(b"broken", broken)]), GREEDY)
        fine = engine.submit(PROMPT, GREEDY)
        with pytest.raises(ServerError, match="could not be encoded"):
            await read(failing)
        assert len(await token_ids(fine)) == 12
        assert engine.is_alive()
