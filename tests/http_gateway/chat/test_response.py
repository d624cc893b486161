import json
from collections.abc import Iterable
from typing import Any

from nemotron_vl.completion import CompletionBuilder
from nemotron_vl.v1 import inference_pb2

from http_gateway.chat.response import ChunkWriter, UsageMode, completion_parts
from tests.http_gateway.fake_server import MODEL, Event, delta, ended, finish, started

HEAD = {
    "id": "chatcmpl-abc",
    "object": "chat.completion.chunk",
    "created": 1_700_000_000,
    "model": MODEL,
}


def body(*events: Event, **options: Any) -> dict[str, Any]:
    builder = CompletionBuilder()
    for event in (started(), *events, ended()):
        builder.add(event)
    return json.loads(b"".join(completion_parts(builder.completion, **options)))


def chunks(events: Iterable[Event], **options: Any) -> list[dict[str, Any]]:
    writer = ChunkWriter(**options)
    return [chunk for event in events for chunk in writer.chunks(event)]


def choices(*events: Event) -> list[dict[str, Any]]:
    return [chunk["choices"][0] for chunk in chunks([started(), *events])]


def message(*events: Event, **options: Any) -> dict[str, Any]:
    return body(*events, finish(), **options)["choices"][0]["message"]


def reasoning(text: str) -> Event:
    return Event(delta=inference_pb2.Delta(choice_index=0, reasoning=text))


def tool_call(**fields: Any) -> Event:
    piece = inference_pb2.ToolCallDelta(index=0, **fields)
    return Event(delta=inference_pb2.Delta(choice_index=0, tool_calls=[piece]))


def test_a_completion() -> None:
    assert body(delta("A "), delta("cat"), finish()) == {
        "id": "chatcmpl-abc",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "A cat",
                    "refusal": None,
                    "reasoning_content": None,
                    "reasoning": None,
                },
                "logprobs": None,
                "finish_reason": "stop",
                "stop_reason": None,
            }
        ],
        "usage": {
            "prompt_tokens": 7,
            "completion_tokens": 2,
            "total_tokens": 9,
            "prompt_tokens_details": {"cached_tokens": 0, "image_tokens": 5, "video_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def test_content_is_a_string_even_when_there_is_none() -> None:
    assert message()["content"] == ""
    assert message(reasoning("hm"))["content"] == ""


def test_content_is_null_beside_tool_calls_alone() -> None:
    answer = message(tool_call(id="c", name="f", arguments='{"a":'), tool_call(arguments="1}"))
    assert answer["content"] is None
    assert answer["tool_calls"] == [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    ]


def test_reasoning_has_both_names_and_can_be_left_out() -> None:
    answer = message(reasoning("hm"), delta("yes"))
    assert answer["reasoning"] == answer["reasoning_content"] == "hm"
    assert message(reasoning("hm"), include_reasoning=False)["reasoning"] is None


def test_finish_reasons() -> None:
    reasons = {
        inference_pb2.FINISH_REASON_STOP: "stop",
        inference_pb2.FINISH_REASON_LENGTH: "length",
        inference_pb2.FINISH_REASON_TOOL_CALLS: "tool_calls",
        inference_pb2.FINISH_REASON_UNSPECIFIED: "stop",
    }
    for reason, expected in reasons.items():
        assert body(finish(reason=reason))["choices"][0]["finish_reason"] == expected


def test_what_matched_is_told() -> None:
    assert body(finish(stop="END"))["choices"][0]["stop_reason"] == "END"
    assert body(finish(stop_token_id=0))["choices"][0]["stop_reason"] == 0


def test_logprobs_keep_bytes_of_broken_characters() -> None:
    top = inference_pb2.TokenLogprob(token=b"b", logprob=float("-inf"))
    entry = inference_pb2.TokenLogprob(token=b"\xe2\x82", logprob=-0.5, top_logprobs=[top])
    answer = body(delta("x", logprobs=[entry]), finish())
    assert answer["choices"][0]["logprobs"] == {
        "content": [
            {
                "token": "�",
                "logprob": -0.5,
                "bytes": [0xE2, 0x82],
                "top_logprobs": [{"token": "b", "logprob": -9999.0, "bytes": [98]}],
            }
        ],
        "refusal": None,
    }


def test_chunks_of_a_stream_in_order() -> None:
    def chunk(**choice: Any) -> dict[str, Any]:
        empty = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": None}
        return HEAD | {"choices": [empty | choice]}

    assert chunks([started(), delta("A "), delta("cat"), finish(), ended()]) == [
        chunk(delta={"role": "assistant", "content": ""}),
        chunk(delta={"content": "A "}),
        chunk(delta={"content": "cat"}),
        chunk(finish_reason="stop", stop_reason=None),
    ]


def test_usage_comes_last_and_alone() -> None:
    *others, last = chunks([started(), delta("x"), finish(), ended()], usage=UsageMode.AT_END)
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 9
    assert [chunk["usage"] for chunk in others] == [None] * 3


def test_each_choice_opens_with_its_role() -> None:
    opened = [
        choice["index"]
        for choice in choices(delta("a", 1), delta("b", 0), delta("c", 1))
        if "role" in choice["delta"]
    ]
    assert opened == [1, 0]


def test_a_delta_that_shows_nothing_makes_no_chunk() -> None:
    held_back = Event(delta=inference_pb2.Delta(choice_index=0, num_tokens=1))
    assert len(choices(delta("a"), held_back)) == len(choices(delta("a")))


def test_tool_calls_are_opened_once_and_continued() -> None:
    first, second = choices(tool_call(id="c", name="f"), tool_call(arguments="{}"))[1:]
    assert first["delta"]["tool_calls"] == [
        {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    ]
    assert second["delta"]["tool_calls"] == [{"index": 0, "function": {"arguments": "{}"}}]


def test_streamed_reasoning_has_both_names_and_can_be_left_out() -> None:
    assert choices(reasoning("hm"))[1]["delta"] == {"reasoning": "hm", "reasoning_content": "hm"}
    assert len(chunks([started(), reasoning("hm")], include_reasoning=False)) == 1


def test_events_of_an_unknown_kind_are_skipped() -> None:
    assert chunks([started(), Event(), delta("x")]) == chunks([started(), delta("x")])


def test_usage_so_far_in_every_chunk() -> None:
    events = [
        Event(started=inference_pb2.Started(id="abc", prompt_tokens=7)),
        delta("a"),
        delta("b"),
        finish(),
        ended(),
    ]
    told = [chunk["usage"] for chunk in chunks(events, usage=UsageMode.ALWAYS)]
    assert [usage["prompt_tokens"] for usage in told] == [7] * 5
    assert [usage["completion_tokens"] for usage in told] == [0, 1, 2, 2, 2]


def test_a_fingerprint_is_never_null() -> None:
    for chunk in (body(delta("x"), finish()), *chunks([started(), delta("x"), finish(), ended()])):
        assert "system_fingerprint" not in chunk


def many_logprobs() -> list[inference_pb2.TokenLogprob]:
    top = [inference_pb2.TokenLogprob(token=b"other", logprob=-2.5) for _ in range(20)]
    return [
        inference_pb2.TokenLogprob(token=str(number).encode(), logprob=-0.5, top_logprobs=top)
        for number in range(1000)
    ]


def test_an_answer_with_many_logprobs_is_made_in_parts() -> None:
    entries = many_logprobs()
    choice = inference_pb2.Choice(text="x", logprobs=entries)
    completion = inference_pb2.Completion(choices=[choice, choice])
    parts = [*completion_parts(completion)]
    assert max(map(len, parts)) < 2**16
    tokens = [str(number) for number in range(1000)]
    for whole in json.loads(b"".join(parts))["choices"]:
        assert [token["token"] for token in whole["logprobs"]["content"]] == tokens
        assert whole["finish_reason"] == "stop"


def test_a_delta_with_many_logprobs_is_made_in_chunks() -> None:
    made = choices(delta("all of it", logprobs=many_logprobs()))[1:]
    assert "".join(choice["delta"].get("content", "") for choice in made) == "all of it"
    contents = [choice["logprobs"]["content"] for choice in made]
    assert max(map(len, contents)) <= 32
    tokens = [token["token"] for content in contents for token in content]
    assert tokens == [str(number) for number in range(1000)]
