import asyncio
import selectors
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from inference_server.engine.mock.engine import MockEngine
from inference_server.engine.types import (
    Engine,
    FinishReason,
    Load,
    Prompt,
    Sampling,
    StepOutput,
    TokenStream,
)
from inference_server.errors import (
    EngineFailed,
    NotServing,
    Overloaded,
)

EOS = 300
UNTIL_EOS = Sampling(max_tokens=500, stop_token_ids=frozenset({EOS}))
# Longer than any test runs: its sequences are there until something else ends them.
NEVER_S = 1e6


def encode(text: str) -> list[int]:
    return list(text.encode())


def decode(token_ids: Iterable[int]) -> str:
    return bytes(token_id % 256 for token_id in token_ids).decode(errors="replace")


def engine(encode: Callable[[str], list[int]] = encode, **options: Any) -> MockEngine:
    return MockEngine(encode, decode, **({"eos_id": EOS, "max_model_len": 1000} | options))


@asynccontextmanager
async def started(mock: MockEngine) -> AsyncIterator[Engine]:
    await mock.start()
    try:
        yield mock
    finally:
        await mock.stop()


def prompt(*token_ids: int) -> Prompt:
    return Prompt(token_ids=np.array(token_ids or (1, 2, 3), np.int32))


async def read(stream: TokenStream) -> list[StepOutput]:
    return [output async for output in stream]


def token_ids(outputs: list[StepOutput]) -> list[int]:
    return [token_id for output in outputs for token_id in output.token_ids]


async def test_answer_is_text_and_ends() -> None:
    async with started(engine()) as mock:
        outputs = await read(mock.submit(prompt(), UNTIL_EOS))
    *told, last = token_ids(outputs)
    assert bytes(told).decode().startswith("This is a mock answer to 3 tokens")
    assert last == EOS
    assert outputs[-1].finish is FinishReason.STOP


async def test_same_prompt_gets_the_same_answer_and_another_another() -> None:
    async with started(engine()) as mock:
        first, again, other = [
            token_ids(await read(mock.submit(prompt(*ids), UNTIL_EOS)))
            for ids in ((1, 2), (1, 2), (2, 1))
        ]
    assert first == again != other


async def test_thoughts_end_and_are_not_repeated_with_the_answer() -> None:
    asked = prompt(*encode("System\n\nUser\nHello\nAssistant\n<think>\n"))
    async with started(engine(max_model_len=2000)) as mock:
        told = token_ids(await read(mock.submit(asked, Sampling(max_tokens=600))))
    turns = bytes(token_id for token_id in told if token_id != EOS).decode()
    thoughts, end, answers = turns.partition("</think>\n\n")
    assert thoughts
    assert end
    assert "</think>" not in answers
    assert answers.count("This is a mock answer") > 1


async def test_thousands_of_streams_run_at_once() -> None:
    async with started(engine(max_num_seqs=2000)) as mock:
        sampling = Sampling(max_tokens=5)
        streams = [mock.submit(prompt(index), sampling) for index in range(2000)]
        assert mock.load().num_running == 2000
        answers = await asyncio.gather(*(read(stream) for stream in streams))
    assert all(len(token_ids(outputs)) == 5 for outputs in answers)


async def test_tokens_coalesce_while_the_reader_is_away() -> None:
    async with started(engine(max_num_seqs=1)) as mock:
        stream = mock.submit(prompt(), Sampling(max_tokens=50, top_logprobs=0))
        await read(mock.submit(prompt(), Sampling(max_tokens=1)))
        (output,) = await read(stream)
    assert len(output.token_ids) == len(output.logprobs) == 50
    assert output.finish is FinishReason.LENGTH


async def test_reader_in_time_gets_single_tokens() -> None:
    async with started(engine()) as mock:
        outputs = await read(mock.submit(prompt(), Sampling(max_tokens=5)))
    assert [len(output.token_ids) for output in outputs] == [1] * 5


async def test_sequences_beyond_the_limits_wait_and_then_are_refused() -> None:
    async with started(engine(max_num_seqs=1, max_waiting=1, first_token_delay_s=NEVER_S)) as mock:
        first = mock.submit(prompt(1, 2), UNTIL_EOS)
        second = mock.submit(prompt(1, 2, 3), UNTIL_EOS)
        assert mock.load() == Load(
            num_running=1, num_waiting=1, num_waiting_tokens=3, cache_usage=1.0
        )
        with pytest.raises(Overloaded):
            mock.submit(prompt(), UNTIL_EOS)
        first.cancel()
        assert (mock.load().num_running, mock.load().num_waiting) == (1, 0)
        second.cancel()
        assert (mock.load().num_running, mock.load().num_waiting) == (0, 0)


async def test_waiting_sequence_runs_when_its_turn_comes() -> None:
    async with started(engine(max_num_seqs=1)) as mock:
        streams = [mock.submit(prompt(index), Sampling(max_tokens=3)) for index in range(4)]
        answers = await asyncio.gather(*(read(stream) for stream in streams))
    assert [len(token_ids(outputs)) for outputs in answers] == [3] * 4


async def test_canceled_stream_ends_without_a_finish() -> None:
    async with started(engine()) as mock:
        stream = mock.submit(prompt(), Sampling(max_tokens=900))
        outputs: list[StepOutput] = []
        async for output in stream:
            outputs.append(output)
            stream.cancel()
        assert mock.load().num_running == 0
    assert all(output.finish is None for output in outputs)
    assert len(token_ids(outputs)) < 900


async def test_cancel_of_a_waiting_sequence_leaves_the_others_alone() -> None:
    async with started(engine(max_num_seqs=1)) as mock:
        first = mock.submit(prompt(1), UNTIL_EOS)
        second = mock.submit(prompt(2), UNTIL_EOS)
        second.cancel()
        assert (await read(first))[-1].finish is FinishReason.STOP
        assert await read(second) == []


async def test_cancel_after_the_end_is_harmless() -> None:
    async with started(engine(max_num_seqs=1)) as mock:
        stream = mock.submit(prompt(), UNTIL_EOS)
        await read(stream)
        stream.cancel()
        stream.cancel()
        assert (await read(mock.submit(prompt(), UNTIL_EOS)))[-1].finish is FinishReason.STOP


async def test_stop_ends_running_and_waiting_streams_with_an_error() -> None:
    mock = engine(max_num_seqs=1, first_token_delay_s=NEVER_S)
    await mock.start()
    readers = [asyncio.create_task(read(mock.submit(prompt(), UNTIL_EOS))) for _ in range(2)]
    await asyncio.sleep(0)
    assert mock.load().num_waiting == 1
    await mock.stop()
    for reader in readers:
        with pytest.raises(NotServing):
            await reader
    assert not mock.is_alive()


async def test_engine_serves_only_between_start_and_stop() -> None:
    mock = engine()
    assert not mock.is_alive()
    with pytest.raises(NotServing):
        mock.submit(prompt(), UNTIL_EOS)
    async with started(mock):
        assert mock.is_alive()
    with pytest.raises(NotServing):
        mock.submit(prompt(), UNTIL_EOS)


async def test_prompt_and_answer_must_fit_the_context() -> None:
    async with started(engine(max_model_len=10)) as mock:
        outputs = await read(mock.submit(prompt(1, 2, 3), Sampling(max_tokens=7)))
        assert len(token_ids(outputs)) == 7
        with pytest.raises(ValueError, match="max_model_len"):
            mock.submit(prompt(1, 2, 3), Sampling(max_tokens=8))


async def test_caption_that_fails_fails_alone() -> None:
    def choke(text: str) -> list[int]:
        if "to 1 tokens" in text:
            raise ValueError("no such text")
        return encode(text)

    async with started(engine(choke)) as mock:
        with pytest.raises(EngineFailed):
            await read(mock.submit(prompt(1), UNTIL_EOS))
        assert mock.is_alive()
        assert mock.load().num_running == 0
        assert (await read(mock.submit(prompt(1, 2), UNTIL_EOS)))[-1].finish is FinishReason.STOP


async def test_failure_of_the_engine_reaches_every_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    mock = engine()
    monkeypatch.setattr(mock, "_step", None)
    await mock.start()
    with pytest.raises(EngineFailed):
        await read(mock.submit(prompt(), UNTIL_EOS))
    assert not mock.is_alive()
    assert mock._ticker is not None
    assert isinstance(mock._ticker.exception(), TypeError)


class _JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__(_JumpingSelector(self))
        self.skipped_s = 0.0

    def time(self) -> float:
        return self.skipped_s


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: _JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            return super().select(None)
        self._loop.skipped_s += max(timeout, 0)
        return super().select(0)


def arrivals_s(num_tokens: int, **options: Any) -> list[float]:
    """When each token came, by the loop's clock."""

    async def read_clock() -> list[float]:
        loop = asyncio.get_running_loop()
        async with started(engine(**options)) as mock:
            stream = mock.submit(prompt(), Sampling(max_tokens=num_tokens))
            return [loop.time() async for output in stream for _ in output.token_ids]

    with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
        return runner.run(read_clock())


def test_tokens_come_at_their_rate_after_the_delay() -> None:
    expected = [5.0, 5.25, 5.5, 5.75, 6.0]
    assert arrivals_s(5, tokens_per_s=4, first_token_delay_s=5) == pytest.approx(expected)


def test_high_rate_is_kept_though_the_clock_is_coarse() -> None:
    arrivals = arrivals_s(501, tokens_per_s=10_000, first_token_delay_s=1)
    assert arrivals[-1] == pytest.approx(1.05, abs=0.002)


def test_without_a_rate_tokens_take_no_time() -> None:
    assert arrivals_s(5, tokens_per_s=0, first_token_delay_s=2) == pytest.approx([2.0] * 5)
