import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import grpc
import pytest
from google.rpc import error_details_pb2
from nemotron_vl.v1.inference_pb2 import (
    BatchItem,
    BatchResult,
    Completion,
    Generation,
    PipelineRequest,
    PipelineResponse,
    Sampling,
)

from inference_server.errors import Idle, Overloaded
from inference_server.rpc.admission.calls_in_flight import CallsInFlight
from inference_server.rpc.items import Answer
from inference_server.rpc.pipeline import Pipeline
from inference_server.rpc.server import RpcServer
from tests.inference_server.fake_engine import FakeEngine
from tests.inference_server.rpc.calls import CONFIG, InferenceStub, detail, eventually

NUM_CREDITS = CONFIG.max_batch_concurrency


def item(key: str, sampling: Sampling | None = None) -> PipelineRequest:
    return PipelineRequest(item=BatchItem(key=key, generation=Generation(sampling=sampling)))


def in_flight() -> CallsInFlight:
    return CallsInFlight(max_calls=9, max_bytes=100, max_caller_share=1)


def pipeline_of(answer: Answer, calls: CallsInFlight, *, idle_timeout_s: float = 30) -> Pipeline:
    return Pipeline(
        answer,
        calls,
        lambda _: None,
        num_credits=1,
        max_bytes=1000,
        idle_timeout_s=idle_timeout_s,
    )


async def results_of(responses: AsyncIterator[PipelineResponse]) -> list[BatchResult]:
    """The results up to the end of the call."""
    return [response.result async for response in responses if response.HasField("result")]


async def test_every_item_has_one_result_and_gives_its_credit_back(
    server: RpcServer, inference: InferenceStub, question: Generation
) -> None:
    call = inference.Pipeline()
    responses = aiter(call)
    num_credits = (await anext(responses)).credits
    assert num_credits == NUM_CREDITS
    await call.write(PipelineRequest(defaults=question))
    results: list[BatchResult] = []
    for number in range(3 * NUM_CREDITS):
        while not num_credits:
            response = await anext(responses)
            num_credits += response.credits
            results += [response.result] if response.HasField("result") else []
        await call.write(item(f"k{number}"))
        num_credits -= 1
    await call.done_writing()
    results += await results_of(responses)
    assert sorted(result.index for result in results) == list(range(3 * NUM_CREDITS))
    assert all(result.key == f"k{result.index}" for result in results)
    assert {result.completion.choices[0].text for result in results} == {"A red square."}


async def test_items_are_laid_over_the_defaults_and_fail_alone(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    async def requests() -> AsyncIterator[PipelineRequest]:
        yield PipelineRequest(defaults=question)
        yield item("long", Sampling(max_tokens=9))
        yield item("bad", Sampling(top_p=7.0))

    results = {
        response.result.key: response.result
        async for response in inference.Pipeline(requests())
        if response.HasField("result")
    }
    assert results["long"].HasField("completion")
    assert results["bad"].status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert [sampling.max_tokens for sampling in engine.samplings] == [9]


@pytest.mark.parametrize(
    ("requests", "field"),
    [
        ([item(str(number)) for number in range(NUM_CREDITS + 1)], "item"),
        ([PipelineRequest(defaults=Generation())] * 2, "defaults"),
        ([item("a"), PipelineRequest(defaults=Generation())], "defaults"),
    ],
    ids=["more items than credits", "defaults twice", "defaults late"],
)
async def test_a_caller_that_breaks_the_rules_is_refused_and_its_items_end(
    server: RpcServer,
    inference: InferenceStub,
    engine: FakeEngine,
    question: Generation,
    requests: list[PipelineRequest],
    field: str,
) -> None:
    engine.proceed.clear()
    for request in requests:
        if request.HasField("item"):
            request.item.generation.CopyFrom(question)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in inference.Pipeline(iter(requests)):
            pass
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    (violation,) = detail(caught.value, error_details_pb2.BadRequest).field_violations
    assert violation.field == field
    assert all(stream.is_canceled for stream in engine.streams)


async def test_an_empty_message_is_refused(server: RpcServer, inference: InferenceStub) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in inference.Pipeline(iter([PipelineRequest()])):
            pass
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_cancelling_the_call_cancels_every_item(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    engine.proceed.clear()
    call = inference.Pipeline()
    await call.write(PipelineRequest(defaults=question))
    for number in range(NUM_CREDITS):
        await call.write(item(str(number)))
    await eventually(lambda: len(engine.streams) == NUM_CREDITS)
    call.cancel()
    await eventually(lambda: all(stream.is_canceled for stream in engine.streams))


async def test_once_a_drain_begins_further_items_are_refused_and_running_ones_finish(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    engine.proceed.clear()
    call = inference.Pipeline()
    await call.write(PipelineRequest(defaults=question))
    await call.write(item("running"))
    await eventually(lambda: engine.streams)
    responses = aiter(call)
    await server.drain(0)
    await call.write(item("late"))
    await call.done_writing()
    assert (await anext(responses)).credits == NUM_CREDITS
    late = (await anext(responses)).result
    assert (late.key, late.status.code) == ("late", grpc.StatusCode.UNAVAILABLE.value[0])
    engine.proceed.set()
    (running,) = await results_of(responses)
    assert running.completion.choices[0].text == "A red square."


async def test_an_item_that_is_too_much_for_the_server_fails_alone() -> None:
    async def requests() -> AsyncIterator[PipelineRequest]:
        yield item("small")

    async def answer(generation: Generation) -> Completion:
        return Completion()

    calls = in_flight()
    with calls.hold("another", 100):
        pipeline = pipeline_of(answer, calls)
        async with aclosing(pipeline.responses(requests())) as responses:
            (result,) = [response.result async for response in responses if not response.credits]
    assert result.status.code == grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]


async def test_a_pipeline_without_items_ends_and_one_at_work_does_not() -> None:
    """Its time without items begins again with each result."""
    is_done = asyncio.Event()

    async def requests() -> AsyncIterator[PipelineRequest]:
        yield item("long")
        await asyncio.Event().wait()

    async def answer(generation: Generation) -> Completion:
        await is_done.wait()
        return Completion()

    calls = in_flight()
    pipeline = pipeline_of(answer, calls, idle_timeout_s=0.05)
    async with aclosing(pipeline.responses(requests())) as responses:
        assert (await anext(responses)).credits == 1
        asyncio.get_running_loop().call_later(0.3, is_done.set)
        assert (await anext(responses)).HasField("result")
        assert (await anext(responses)).credits == 1
        with pytest.raises(Idle):
            await anext(responses)


async def test_defaults_count_among_the_bytes_in_flight_until_the_call_ends() -> None:
    is_read, is_done = asyncio.Event(), asyncio.Event()

    async def requests() -> AsyncIterator[PipelineRequest]:
        yield PipelineRequest(defaults=Generation(cache_salt="s" * 60))
        is_read.set()
        await is_done.wait()

    async def answer(generation: Generation) -> Completion:
        return Completion()

    calls = in_flight()
    pipeline = pipeline_of(answer, calls)
    async with aclosing(pipeline.responses(requests())) as responses:
        await anext(responses)
        await is_read.wait()
        with pytest.raises(Overloaded), calls.hold("another", 50):
            pass
        is_done.set()
        assert [response async for response in responses] == []
    with calls.hold("another", 50), calls.hold("another", 50):
        pass


async def test_defaults_with_too_many_entries_end_the_call(
    server: RpcServer, inference: InferenceStub
) -> None:
    defaults = Generation(sampling=Sampling(stop=["a"] * 65))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in inference.Pipeline(iter([PipelineRequest(defaults=defaults)])):
            pass
    (violation,) = detail(caught.value, error_details_pb2.BadRequest).field_violations
    assert violation.field == "defaults.sampling.stop"
