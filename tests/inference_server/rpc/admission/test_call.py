import logging

import pytest
from nemotron_vl.v1 import inference_pb2

from inference_server.engine.types import Load
from inference_server.observability.metrics import Metrics
from inference_server.rpc.admission.call import Call, request_id

IDLE = Load(num_running=0, num_waiting=0, num_waiting_tokens=0, cache_usage=0.0)


@pytest.mark.parametrize("given", ["abc-1.2_3:4", "x" * 128, "a/b+c=@d"])
def test_the_callers_id_is_kept_where_it_is_valid(given: str) -> None:
    assert request_id([("user-agent", "u"), ("x-request-id", given)]) == given


@pytest.mark.parametrize("given", ["a\r\nINFO forged", "x" * 129, "é%s"])
def test_an_id_that_is_not_safe_to_log_is_replaced_whole(given: str) -> None:
    made = request_id([("x-request-id", given)])
    assert made.isalnum()
    assert made not in given


@pytest.mark.parametrize("metadata", [[], [("x-request-id", "")], [("x-request-id", "\n")]])
def test_without_a_usable_id_each_call_gets_a_fresh_one(metadata: list[tuple[str, str]]) -> None:
    assert request_id(metadata) != request_id(metadata)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="inference_server.rpc.admission.call")
    return caplog


def completion(
    num_tokens: int, reason: inference_pb2.FinishReason.ValueType
) -> inference_pb2.Completion:
    return inference_pb2.Completion(
        choices=[inference_pb2.Choice(finish=inference_pb2.Finish(reason=reason))],
        usage=inference_pb2.Usage(prompt_tokens=10, completion_tokens=num_tokens),
    )


def test_a_stream_is_logged_by_its_last_events(lines: pytest.LogCaptureFixture) -> None:
    metrics = Metrics("captioner")
    call = Call("StreamGenerate", "id-1", metrics)
    finish = inference_pb2.Finish(reason=inference_pb2.FINISH_REASON_LENGTH)
    usage = inference_pb2.Usage(prompt_tokens=7, completion_tokens=3)
    call.observe(inference_pb2.StreamGenerateResponse(finish=finish))
    call.observe(inference_pb2.StreamGenerateResponse(ended=inference_pb2.Ended(usage=usage)))
    call.end("OK")
    (line,) = lines.messages
    assert line.startswith("id-1 StreamGenerate OK prompt_tokens=7 completion_tokens=3")
    assert line.endswith("finish=length")
    assert 'request_finish_total{finished_reason="length"} 1.0' in metrics.text(IDLE)


def test_a_batch_adds_its_items_up(lines: pytest.LogCaptureFixture) -> None:
    call = Call("BatchGenerate", "id-1", Metrics("captioner"))
    for item in (
        inference_pb2.BatchResult(completion=completion(3, inference_pb2.FINISH_REASON_STOP)),
        inference_pb2.BatchResult(status=inference_pb2.Status(code=3)),
        inference_pb2.BatchResult(completion=completion(4, inference_pb2.FINISH_REASON_STOP)),
    ):
        call.observe(inference_pb2.BatchGenerateResponse(result=item))
    call.end("OK")
    assert "prompt_tokens=20 completion_tokens=7" in lines.messages[0]


@pytest.mark.parametrize("method", ["Generate", "BatchGenerate"])
def test_the_first_token_of_a_whole_answer_came_before_its_last(
    lines: pytest.LogCaptureFixture, method: str
) -> None:
    call = Call(method, "id-1", Metrics("captioner"))
    call._start -= 10.0
    answer = completion(5, inference_pb2.FINISH_REASON_STOP)
    for field, seconds in (("preparation", 1), ("first_token", 2), ("total", 10)):
        getattr(answer.timings, field).FromSeconds(seconds)
    call.observe(
        inference_pb2.GenerateResponse(completion=answer)
        if method == "Generate"
        else inference_pb2.BatchGenerateResponse(
            result=inference_pb2.BatchResult(completion=answer)
        )
    )
    call.end("OK")
    assert "first_s=3.0" in lines.messages[0]
    assert "total_s=10.0" in lines.messages[0]


def test_the_first_token_of_a_batch_is_that_of_its_fastest_item(
    lines: pytest.LogCaptureFixture,
) -> None:
    call = Call("BatchGenerate", "id-1", Metrics("captioner"))
    call._start -= 10.0
    for first_s in (7, 4, 9):
        answer = completion(5, inference_pb2.FINISH_REASON_STOP)
        answer.timings.first_token.FromSeconds(first_s)
        answer.timings.total.FromSeconds(10)
        call.observe(
            inference_pb2.BatchGenerateResponse(result=inference_pb2.BatchResult(completion=answer))
        )
    call.end("OK")
    assert "first_s=4.0" in lines.messages[0]


def test_a_call_that_failed_is_logged_and_counted(lines: pytest.LogCaptureFixture) -> None:
    metrics = Metrics("captioner")
    Call("Generate", "id-1", metrics).end("INVALID_ARGUMENT")
    assert lines.messages[0].startswith("id-1 Generate INVALID_ARGUMENT")
    expected = 'request_failure_total{code="INVALID_ARGUMENT",method="Generate"} 1.0'
    assert expected in metrics.text(IDLE)
