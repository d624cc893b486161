from contextlib import aclosing

import pytest
from nemotron_vl.v1 import inference_pb2, model_pb2
from nemotron_vl.v1.content_pb2 import Part
from nemotron_vl.v1.inference_pb2 import Generation, StreamGenerateResponse

from inference_server.caller import CALLER
from inference_server.engine.types import FinishReason, StepOutput
from inference_server.errors import ContextLengthExceeded, EngineFailed, InvalidArgument, Overloaded
from inference_server.observability.metrics import Metrics
from inference_server.prompt.tokenizer import Tokenizer
from inference_server.service import Service
from tests.inference_server.fake_engine import FakeEngine
from tests.inference_server.rendered import encode_rendered


def kinds(events: list[StreamGenerateResponse]) -> list[str | None]:
    return [event.WhichOneof("event") for event in events]


async def test_started_comes_with_the_first_tokens_and_ended_last(
    service: Service, question: Generation
) -> None:
    events = [event async for event in service.stream(question)]
    assert kinds(events)[0] == "started"
    assert kinds(events)[-2:] == ["finish", "ended"]
    assert events[0].started.model == "captioner"
    assert events[0].started.HasField("create_time")


async def test_each_answer_has_an_id_of_its_own(service: Service, question: Generation) -> None:
    first, second = [await service.complete(question) for _ in range(2)]
    assert first.id != second.id


async def test_usage_counts_the_prompt_its_images_and_the_answer(
    service: Service, engine: FakeEngine, question: Generation, image: Part
) -> None:
    question.messages[0].parts.append(image)
    completion = await service.complete(question)
    assert completion.usage.prompt_tokens == len(engine.prompts[0])
    assert completion.usage.image_tokens == 12
    assert completion.usage.completion_tokens == len(engine.script)


async def test_reasoning_is_counted_apart(
    service: Service, engine: FakeEngine, tokenizer: Tokenizer, question: Generation
) -> None:
    ids = tokenizer.encode("Red?</think>Yes.")
    words = [StepOutput(token_ids=(token_id,)) for token_id in ids]
    engine.script = [
        *words,
        StepOutput(token_ids=(tokenizer.eos_id,), finish=FinishReason.STOP),
    ]
    question.thinking = True
    completion = await service.complete(question)
    assert (completion.choices[0].reasoning, completion.choices[0].text) == ("Red?", "Yes.")
    assert 0 < completion.usage.reasoning_tokens < completion.usage.completion_tokens


async def test_timings_add_up(service: Service, question: Generation) -> None:
    timings = (await service.complete(question)).timings
    spans = (timings.preparation, timings.first_token, timings.total)
    preparation, first_token, total = (span.ToNanoseconds() for span in spans)
    assert preparation > 0
    assert preparation + first_token <= total


async def test_choices_are_independent_sequences_with_seeds_of_their_own(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    question.num_choices = 3
    question.sampling.seed = 11
    completion = await service.complete(question)
    assert [choice.index for choice in completion.choices] == [0, 1, 2]
    assert {choice.text for choice in completion.choices} == {"A red square."}
    seeds = [sampling.seed for sampling in engine.samplings]
    assert seeds[0] == 11
    assert len(set(seeds)) == 3
    assert completion.usage.completion_tokens == 3 * len(engine.script)
    await service.complete(question)
    assert [sampling.seed for sampling in engine.samplings[3:]] == seeds


@pytest.mark.parametrize("seed", [-(2**63), 2**63 - 1])
async def test_derived_seeds_stay_in_64_bits(
    service: Service, engine: FakeEngine, question: Generation, seed: int
) -> None:
    question.num_choices = 3
    question.sampling.seed = seed
    await service.complete(question)
    assert all(-(2**63) <= sampling.seed < 2**63 for sampling in engine.samplings)


async def test_a_stop_string_ends_the_choice_and_cancels_its_sequence(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    question.sampling.stop.append("red")
    completion = await service.complete(question)
    assert completion.choices[0].text == "A"
    assert completion.choices[0].finish.stop == "red"
    assert engine.streams[0].is_canceled


async def test_closing_the_stream_cancels_every_choice(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    question.num_choices = 2
    engine.proceed.clear()
    async with aclosing(service.stream(question)) as events:
        await anext(events)
    assert [stream.is_canceled for stream in engine.streams] == [True, True]


async def test_tokens_of_an_answer_that_is_not_read_to_its_end_count(
    service: Service, engine: FakeEngine, question: Generation, metrics: Metrics
) -> None:
    engine.proceed.clear()
    async with aclosing(service.stream(question)) as events:
        await anext(events)
    text = metrics.text(engine.load())
    assert f"\nprompt_tokens_total {len(engine.prompts[0])}.0\n" in text
    assert "\ngeneration_tokens_total 1.0\n" in text
    assert "\nrequest_success_total 0.0\n" in text


async def test_the_time_between_tokens_is_counted_once_for_each_pair(
    service: Service,
    engine: FakeEngine,
    tokenizer: Tokenizer,
    question: Generation,
    metrics: Metrics,
) -> None:
    ids = [*tokenizer.encode("A red square."), tokenizer.eos_id]
    merged = StepOutput(token_ids=tuple(ids[2:]), finish=FinishReason.STOP)
    scripts = [engine.script, [StepOutput(token_ids=tuple(ids), finish=FinishReason.STOP)]]
    scripts.append([StepOutput(token_ids=tuple(ids[:2])), merged])
    for engine.script in scripts:
        question.num_choices = 2
        await service.complete(question)
    num_pairs = 3 * 2 * (len(ids) - 1)
    text = metrics.text(engine.load())
    assert f"\ntime_per_output_token_seconds_count {num_pairs}.0\n" in text
    assert "\nrequest_time_per_output_token_seconds_count 3.0\n" in text


async def test_a_refusal_of_a_later_choice_cancels_the_earlier_ones(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    question.num_choices = 3
    engine.refusals = [None, None, Overloaded("full")]
    with pytest.raises(Overloaded):
        await service.complete(question)
    assert [stream.is_canceled for stream in engine.streams] == [True, True]


async def test_a_failure_of_one_choice_fails_the_request_and_cancels_the_others(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    question.num_choices = 2
    engine.script = [engine.script[0], EngineFailed("The engine has failed.")]
    with pytest.raises(EngineFailed):
        await service.complete(question)
    assert all(stream.is_canceled for stream in engine.streams)


async def test_a_failure_before_the_first_token_comes_before_any_event(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    engine.script = [EngineFailed("The engine has failed.")]
    with pytest.raises(EngineFailed):
        await anext(service.stream(question))


async def test_a_prompt_without_room_for_an_answer_is_too_long(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    question.messages[0].parts.add(text="a b " * engine.max_model_len)
    with pytest.raises(ContextLengthExceeded):
        await service.complete(question)
    assert not engine.streams


async def test_megabytes_are_refused_by_their_length(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    question.messages[0].parts.add(text="a b " * 2**19)
    with pytest.raises(ContextLengthExceeded, match="has at least"):
        await service.complete(question)
    assert not engine.streams


async def test_counting_a_prompt_that_is_too_long_says_that_it_does_not_fit(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    question.messages[0].parts.add(text="a b " * engine.max_model_len)
    counts = await service.count(question)
    assert counts.prompt_tokens > counts.max_model_len
    assert not counts.fits


@pytest.mark.parametrize(("room", "fits"), [(2, True), (1, True), (0, False)])
async def test_a_prompt_fits_if_it_leaves_room_for_a_token(
    service: Service,
    engine: FakeEngine,
    question: Generation,
    monkeypatch: pytest.MonkeyPatch,
    room: int,
    fits: bool,
) -> None:
    num_tokens = (await service.count(question)).prompt_tokens
    monkeypatch.setattr(engine, "max_model_len", num_tokens + room)
    question.sampling.max_tokens = 8192
    assert (await service.count(question)).fits is fits


async def test_max_tokens_above_the_room_means_the_room(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    room = engine.max_model_len - (await service.count(question)).prompt_tokens
    for asked in (room - 1, room, room + 1, 8192, 2**31 - 1):
        question.sampling.max_tokens = asked
        await service.complete(question)
        assert engine.samplings[-1].max_tokens == min(asked, room)


async def test_every_end_of_turn_ends_an_answer_and_is_no_stop_token_of_the_request(
    service: Service, engine: FakeEngine, question: Generation, model: model_pb2.Model
) -> None:
    model.defaults.eos_token_ids.append(11)
    engine.script = [StepOutput(token_ids=(11,), finish=FinishReason.STOP)]
    completion = await service.complete(question)
    assert engine.samplings[0].stop_token_ids == {11, 12}
    assert completion.choices[0].finish.WhichOneof("matched") is None
    assert completion.choices[0].finish.reason == inference_pb2.FINISH_REASON_STOP


async def test_tools_that_may_not_be_called_are_not_looked_for(
    service: Service, engine: FakeEngine, tokenizer: Tokenizer, question: Generation
) -> None:
    text = '<TOOLCALL>[{"name": "f", "arguments": {}}]</TOOLCALL>'
    ids = encode_rendered(tokenizer, text)
    engine.script = [StepOutput(token_ids=(*ids, tokenizer.eos_id), finish=FinishReason.STOP)]
    question.tools.add(name="f")
    called = (await service.complete(question)).choices[0]
    assert [call.name for call in called.tool_calls] == ["f"]
    assert called.finish.reason == inference_pb2.FINISH_REASON_TOOL_CALLS
    question.tool_choice.mode = inference_pb2.TOOL_CHOICE_MODE_NONE
    assert not (await service.complete(question)).choices[0].tool_calls


async def test_a_broken_image_names_its_part(service: Service, question: Generation) -> None:
    question.messages[0].parts.add(image={"data": b"nothing"})
    with pytest.raises(InvalidArgument) as caught:
        await service.complete(question)
    assert caught.value.field == "messages[0].parts[1].image.data"


async def test_an_answer_has_no_more_log_probabilities_than_allowed(
    service: Service, engine: FakeEngine, question: Generation
) -> None:
    question.sampling.top_logprobs = 19
    await service.complete(question)
    assert engine.samplings[0].max_tokens == 1000 // 20
    question.sampling.max_tokens = 51
    with pytest.raises(InvalidArgument, match="log probabilities"):
        await service.complete(question)
    assert len(engine.samplings) == 1


async def test_many_tokens_at_once_become_events_in_pieces(
    service: Service, engine: FakeEngine, tokenizer: Tokenizer, question: Generation
) -> None:
    ids = tokenizer.encode("1" * 1000)
    engine.script = [
        StepOutput(token_ids=tuple(ids)),
        StepOutput(token_ids=(tokenizer.eos_id,), finish=FinishReason.STOP),
    ]
    events = [event async for event in service.stream(question)]
    counts = [event.delta.num_tokens for event in events if event.HasField("delta")]
    assert sum(counts) == 1001
    assert max(counts) <= 257
    assert "".join(event.delta.text for event in events) == "1" * 1000


async def test_the_finish_comes_with_the_last_piece(
    service: Service, engine: FakeEngine, tokenizer: Tokenizer, question: Generation
) -> None:
    ids = (*tokenizer.encode("1" * 512), tokenizer.eos_id)
    engine.script = [StepOutput(token_ids=ids, finish=FinishReason.STOP)]
    completion = await service.complete(question)
    assert completion.choices[0].text == "1" * 512
    assert completion.usage.completion_tokens == 513


async def test_a_caller_has_a_part_of_the_sequences(service: Service, question: Generation) -> None:
    question.num_choices = 5
    CALLER.set("a")
    async with aclosing(service.stream(question)) as events:
        await anext(events)
        with pytest.raises(Overloaded, match="One caller may have 8 sequences"):
            await service.complete(question)
        CALLER.set("b")
        assert len((await service.complete(question)).choices) == 5
    CALLER.set("a")
    assert len((await service.complete(question)).choices) == 5
