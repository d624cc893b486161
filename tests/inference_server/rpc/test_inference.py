import grpc
import pytest
from google.rpc import error_details_pb2
from nemotron_vl.v1 import content_pb2, inference_pb2
from nemotron_vl.v1.content_pb2 import Part
from nemotron_vl.v1.inference_pb2 import Generation, Sampling
from nemotron_vl.v1.model_pb2 import Model

from inference_server.rpc.server import RpcServer
from tests.inference_server.fake_engine import FakeEngine
from tests.inference_server.rpc.calls import CONFIG, InferenceStub, detail, eventually


async def test_generate_answers_whole(
    server: RpcServer, inference: InferenceStub, question: Generation
) -> None:
    response = await inference.Generate(inference_pb2.GenerateRequest(generation=question))
    completion = response.completion
    assert completion.model == "captioner"
    assert completion.choices[0].text == "A red square."
    assert completion.choices[0].finish.reason == inference_pb2.FINISH_REASON_STOP
    assert completion.usage.prompt_tokens > 0


async def test_stream_is_started_deltas_finish_ended(
    server: RpcServer, inference: InferenceStub, question: Generation
) -> None:
    request = inference_pb2.StreamGenerateRequest(generation=question)
    events = [event async for event in inference.StreamGenerate(request)]
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[0] == "started"
    assert kinds[-2:] == ["finish", "ended"]
    assert set(kinds[1:-2]) == {"delta"}
    assert "".join(event.delta.text for event in events) == "A red square."


async def test_a_batch_answers_each_item_alone(
    server: RpcServer, inference: InferenceStub, question: Generation, image: Part
) -> None:
    broken = content_pb2.Part(image=content_pb2.Image(data=b"not an image"))
    items = [
        inference_pb2.BatchItem(
            key=f"k{index}",
            generation=Generation(
                messages=[content_pb2.Message(role=content_pb2.ROLE_USER, parts=[part])]
            ),
        )
        for index, part in enumerate([image, broken, image, image])
    ]
    request = inference_pb2.BatchGenerateRequest(defaults=question, items=items)
    results = [response.result async for response in inference.BatchGenerate(request)]
    assert sorted(result.index for result in results) == [0, 1, 2, 3]
    assert all(result.key == f"k{result.index}" for result in results)
    by_index = {result.index: result for result in results}
    assert by_index[1].status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    for index in (0, 2, 3):
        assert by_index[index].completion.choices[0].text == "A red square."


async def test_batch_items_inherit_and_override_the_defaults(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    question.sampling.max_tokens = 5
    question.sampling.stop.append("x")
    items = [
        inference_pb2.BatchItem(),
        inference_pb2.BatchItem(generation=Generation(sampling=Sampling(max_tokens=9, stop=["y"]))),
        inference_pb2.BatchItem(generation=Generation(sampling=Sampling(top_p=7.0))),
    ]
    request = inference_pb2.BatchGenerateRequest(defaults=question, items=items)
    results = [response.result async for response in inference.BatchGenerate(request)]
    assert sorted(sampling.max_tokens for sampling in engine.samplings) == [5, 9]
    (failed,) = [result for result in results if result.HasField("status")]
    assert failed.index == 2


async def test_a_bug_met_by_one_item_is_internal_to_it_and_says_nothing(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    engine.refusals = [RuntimeError("secret path"), None]
    items = [inference_pb2.BatchItem(), inference_pb2.BatchItem()]
    request = inference_pb2.BatchGenerateRequest(defaults=question, items=items)
    results = [response.result async for response in inference.BatchGenerate(request)]
    (failed,) = [result for result in results if result.HasField("status")]
    assert failed.status.code == grpc.StatusCode.INTERNAL.value[0]
    assert "secret" not in failed.status.message
    assert len(results) == 2


async def test_cancelling_a_batch_cancels_every_running_item(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    engine.proceed.clear()
    items = [inference_pb2.BatchItem()] * 4
    call = inference.BatchGenerate(
        inference_pb2.BatchGenerateRequest(defaults=question, items=items)
    )
    await eventually(lambda: len(engine.streams) == CONFIG.max_batch_concurrency)
    call.cancel()
    await eventually(lambda: all(stream.is_canceled for stream in engine.streams))
    assert len(engine.streams) == CONFIG.max_batch_concurrency


async def test_count_tokens_submits_nothing(
    server: RpcServer,
    inference: InferenceStub,
    engine: FakeEngine,
    question: Generation,
    image: Part,
) -> None:
    question.messages[0].parts.append(image)
    counts = await inference.CountTokens(inference_pb2.CountTokensRequest(generation=question))
    assert counts.image_tokens == counts.media[0].num_tokens == 12
    assert counts.prompt_tokens == counts.text_tokens + counts.image_tokens
    assert (counts.max_model_len, counts.fits) == (4096, True)
    assert not engine.prompts


async def test_a_check_needs_no_data_and_refuses_all_else(
    server: RpcServer, inference: InferenceStub, engine: FakeEngine, question: Generation
) -> None:
    question.messages[0].parts.add().image.SetInParent()
    request = inference_pb2.CheckGenerationRequest(generation=question)
    await inference.CheckGeneration(request)
    request.generation.messages[0].parts[-1].image.max_tiles = 99
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await inference.CheckGeneration(request)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    (violation,) = detail(caught.value, error_details_pb2.BadRequest).field_violations
    assert violation.field == "messages[0].parts[1].image.max_tiles"
    assert not engine.prompts


async def test_an_answer_larger_than_a_message_is_refused_with_its_size(
    server: RpcServer, inference: InferenceStub, question: Generation, model: Model
) -> None:
    model.limits.max_message_bytes = 8200
    request = inference_pb2.GenerateRequest(generation=question)
    with pytest.raises(grpc.aio.AioRpcError, match=r"The answer has .* bytes, but") as caught:
        await inference.Generate(request)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert detail(caught.value, error_details_pb2.ErrorInfo).reason == "PAYLOAD_TOO_LARGE"
