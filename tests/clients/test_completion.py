"""The fold of events into a completion."""

from typing import Any

from nemotron_vl.completion import CompletionBuilder
from nemotron_vl.v1 import content_pb2, inference_pb2
from nemotron_vl.v1.inference_pb2 import StreamGenerateResponse


def fold(*events: StreamGenerateResponse) -> inference_pb2.Completion:
    builder = CompletionBuilder()
    for event in events:
        builder.add(event)
    return builder.completion


def delta(**fields: Any) -> StreamGenerateResponse:
    return StreamGenerateResponse(delta=inference_pb2.Delta(**fields))


def finish(
    choice_index: int, reason: inference_pb2.FinishReason.ValueType
) -> StreamGenerateResponse:
    return StreamGenerateResponse(
        finish=inference_pb2.Finish(choice_index=choice_index, reason=reason)
    )


def test_whole_stream_folds_into_one_completion() -> None:
    started = inference_pb2.Started(id="c1", model="m")
    started.create_time.FromSeconds(7)
    usage = inference_pb2.Usage(prompt_tokens=3, completion_tokens=2)
    timings = inference_pb2.Timings()
    timings.total.FromMilliseconds(5)

    completion = fold(
        StreamGenerateResponse(started=started),
        delta(choice_index=0, reasoning="hm", num_tokens=1),
        delta(choice_index=0, text="A ", num_tokens=1),
        delta(choice_index=0, text="cat", num_tokens=1),
        finish(0, inference_pb2.FINISH_REASON_STOP),
        StreamGenerateResponse(ended=inference_pb2.Ended(usage=usage, timings=timings)),
    )

    choice = inference_pb2.Choice(index=0, text="A cat", reasoning="hm")
    choice.finish.CopyFrom(
        inference_pb2.Finish(choice_index=0, reason=inference_pb2.FINISH_REASON_STOP)
    )
    expected = inference_pb2.Completion(id="c1", model="m", choices=[choice], usage=usage)
    expected.create_time.FromSeconds(7)
    expected.timings.CopyFrom(timings)
    assert completion == expected


def test_interleaved_choices_are_kept_apart_and_ordered() -> None:
    completion = fold(
        delta(choice_index=1, text="b"),
        delta(choice_index=0, text="a"),
        delta(choice_index=1, text="B"),
        finish(1, inference_pb2.FINISH_REASON_LENGTH),
    )

    assert [(choice.index, choice.text) for choice in completion.choices] == [(0, "a"), (1, "bB")]
    assert not completion.choices[0].HasField("finish")
    assert completion.choices[1].finish.reason == inference_pb2.FINISH_REASON_LENGTH


def test_tool_call_pieces_merge_by_index() -> None:
    piece = inference_pb2.ToolCallDelta
    completion = fold(
        delta(tool_calls=[piece(index=1, id="t1", name="sub", arguments="{")]),
        delta(tool_calls=[piece(index=0, id="t0", name="add", arguments='{"x"')]),
        delta(tool_calls=[piece(index=0, arguments=": 1}"), piece(index=1, arguments="}")]),
    )

    assert list(completion.choices[0].tool_calls) == [
        content_pb2.ToolCall(id="t0", name="add", arguments='{"x": 1}'),
        content_pb2.ToolCall(id="t1", name="sub", arguments="{}"),
    ]


def test_answer_of_tool_calls_alone_has_no_text() -> None:
    completion = fold(delta(tool_calls=[inference_pb2.ToolCallDelta(index=0, id="t")]))
    assert not completion.choices[0].HasField("text")
    assert not completion.choices[0].HasField("reasoning")


def test_logprobs_keep_their_order() -> None:
    one, two = inference_pb2.TokenLogprob(token_id=1), inference_pb2.TokenLogprob(token_id=2)
    completion = fold(delta(logprobs=[one]), delta(logprobs=[two]))
    assert list(completion.choices[0].logprobs) == [one, two]


def test_events_of_unknown_kind_are_skipped() -> None:
    assert fold(StreamGenerateResponse()) == inference_pb2.Completion()
