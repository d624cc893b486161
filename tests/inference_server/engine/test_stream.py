import asyncio

import pytest

from inference_server.engine.stream import Stream
from inference_server.engine.types import FinishReason, StepOutput, TokenLogprob, TokenStream
from inference_server.errors import EngineFailed


def output_of(token_id: int, finish: FinishReason | None = None) -> StepOutput:
    logprob = TokenLogprob(token_id=token_id, logprob=-1.0)
    return StepOutput(token_ids=(token_id,), logprobs=(logprob,), finish=finish)


async def read(stream: TokenStream) -> list[StepOutput]:
    return [output async for output in stream]


async def test_a_reader_in_time_gets_each_output_as_it_came() -> None:
    stream = Stream(lambda: None)
    reader = asyncio.create_task(read(stream))
    outputs = [output_of(1), output_of(2), output_of(3, FinishReason.STOP)]
    for output in outputs:
        await asyncio.sleep(0)
        stream.push(output)
        await asyncio.sleep(0)
    assert await reader == outputs


async def test_outputs_coalesce_while_the_reader_is_away() -> None:
    stream = Stream(lambda: None)
    for output in (output_of(1), output_of(2), output_of(3, FinishReason.LENGTH)):
        stream.push(output)
    (joined,) = await read(stream)
    assert joined.token_ids == (1, 2, 3)
    assert [logprob.token_id for logprob in joined.logprobs] == [1, 2, 3]
    assert joined.finish is FinishReason.LENGTH
    assert await read(stream) == []


async def test_an_error_comes_after_the_outputs_not_read_yet() -> None:
    stream = Stream(lambda: None)
    stream.push(output_of(1))
    stream.fail(EngineFailed("broken"))
    assert await anext(stream) == output_of(1)
    for _ in range(2):
        with pytest.raises(EngineFailed):
            await anext(stream)


async def test_an_error_wakes_the_reader() -> None:
    stream = Stream(lambda: None)
    reader = asyncio.create_task(read(stream))
    await asyncio.sleep(0)
    stream.fail(EngineFailed("broken"))
    with pytest.raises(EngineFailed):
        await reader


async def test_cancelling_ends_the_stream_and_tells_the_engine() -> None:
    told: list[str] = []
    stream = Stream(lambda: told.append("canceled"))
    reader = asyncio.create_task(read(stream))
    await asyncio.sleep(0)
    stream.cancel()
    assert await reader == []
    assert told == ["canceled"]
