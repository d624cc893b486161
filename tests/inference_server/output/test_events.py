from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nemotron_vl.completion import CompletionBuilder
from nemotron_vl.v1 import inference_pb2

from inference_server.engine.types import FinishReason, StepOutput, TokenLogprob
from inference_server.output.events import ChoiceEvents
from inference_server.prompt.tokenizer import Tokenizer

CALL = '<TOOLCALL>[{"name": "f", "arguments": {"a": 1}}]</TOOLCALL>'
OTHER = 7


def outputs(
    token_ids: Sequence[int],
    finish: FinishReason | None = FinishReason.STOP,
    borders: Sequence[int] | None = None,
) -> list[StepOutput]:
    """One output for each stretch between the borders; for each token without any."""
    inner = range(1, len(token_ids)) if borders is None else borders
    cuts = sorted({0, len(token_ids), *(cut for cut in inner if cut < len(token_ids))})
    return [
        StepOutput(
            token_ids=tuple(token_ids[start:end]),
            logprobs=tuple(
                TokenLogprob(token_id=token_id, logprob=-0.5, top=((token_id, -0.5), (OTHER, -2.0)))
                for token_id in token_ids[start:end]
            ),
            finish=finish if end == len(token_ids) else None,
        )
        for start, end in pairwise(cuts)
    ]


def run(
    tokenizer: Tokenizer, steps: Sequence[StepOutput], **options: Any
) -> tuple[inference_pb2.Choice, ChoiceEvents, list[inference_pb2.StreamGenerateResponse]]:
    choice_events = ChoiceEvents(tokenizer, **({"choice_index": 0, "is_thinking": False} | options))
    events = [event for step in steps for event in choice_events.push(step)]
    builder = CompletionBuilder()
    for event in events:
        builder.add(event)
    return builder.completion.choices[0], choice_events, events


@pytest.fixture
def fox(tokenizer: Tokenizer) -> list[int]:
    return [*tokenizer.encode("A red fox 🦊 sits.\n"), tokenizer.eos_id]


def test_answer_ends_with_the_end_of_turn(tokenizer: Tokenizer, fox: list[int]) -> None:
    choice, events, _ = run(tokenizer, outputs(fox))
    assert choice.text == "A red fox 🦊 sits."
    assert not choice.HasField("reasoning")
    assert choice.finish.reason == inference_pb2.FINISH_REASON_STOP
    assert choice.finish.WhichOneof("matched") is None
    assert events.is_finished
    assert events.num_tokens == len(fox)
    assert events.num_reasoning_tokens == 0


def test_deltas_come_with_text_and_count_every_token(tokenizer: Tokenizer, fox: list[int]) -> None:
    _, _, events = run(tokenizer, outputs(fox), choice_index=3)
    *deltas, finish = events
    assert finish.WhichOneof("event") == "finish"
    assert finish.finish.choice_index == 3
    assert all(event.delta.choice_index == 3 for event in deltas)
    assert all(event.delta.text for event in deltas[:-1])
    assert sum(event.delta.num_tokens for event in deltas) == len(fox)


def test_logprobs_list_the_tokens_of_the_text(tokenizer: Tokenizer, fox: list[int]) -> None:
    """Neither the end of turn nor the whitespace before it, which is not shown."""
    choice, _, _ = run(tokenizer, outputs(fox))
    shown = [entry.token_id for entry in choice.logprobs]
    assert shown == fox[: len(shown)]
    assert b"".join(entry.token for entry in choice.logprobs).decode() == choice.text
    assert [top.token_id for top in choice.logprobs[0].top_logprobs] == [fox[0], OTHER]
    assert choice.logprobs[0].top_logprobs[1].token == tokenizer.token_bytes(OTHER)
    assert choice.logprobs[0].top_logprobs[1].logprob == -2.0


@pytest.mark.parametrize("borders", [None, []], ids=["one by one", "together"])
@pytest.mark.parametrize("stop", ["Two", " three", "and", "o and th"])
def test_logprobs_end_where_a_stop_string_cuts_the_text(
    tokenizer: Tokenizer, stop: str, borders: list[int] | None
) -> None:
    """A token of which a part is shown is listed."""
    text = "One. Two and three more"
    steps = outputs(tokenizer.encode(text), FinishReason.LENGTH, borders)

    choice, _, _ = run(tokenizer, steps, stop=[stop])

    listed = b"".join(entry.token for entry in choice.logprobs).decode()
    assert choice.text == text[: text.index(stop)].rstrip()
    assert listed.startswith(choice.text)
    last = choice.logprobs[-1].token.decode()
    assert len(listed) - len(last) < len(choice.text)


@pytest.mark.parametrize("include_stop", [False, True])
def test_logprobs_list_a_stop_token_only_if_it_is_shown(
    tokenizer: Tokenizer, include_stop: bool
) -> None:
    token_ids = tokenizer.encode("One.")
    choice, _, _ = run(tokenizer, outputs(token_ids), include_stop=include_stop)
    shown = token_ids if include_stop else token_ids[:-1]
    assert [entry.token_id for entry in choice.logprobs] == shown


def test_length_is_a_reason_of_its_own(tokenizer: Tokenizer, fox: list[int]) -> None:
    choice, _, _ = run(tokenizer, outputs(fox[:3], FinishReason.LENGTH))
    assert choice.text == tokenizer.decode(fox[:3])
    assert choice.finish.reason == inference_pb2.FINISH_REASON_LENGTH


def test_finish_without_tokens_ends_the_choice(tokenizer: Tokenizer, fox: list[int]) -> None:
    steps = [*outputs(fox[:3], None), StepOutput(token_ids=(), finish=FinishReason.LENGTH)]
    choice, events, _ = run(tokenizer, steps)
    assert choice.text == tokenizer.decode(fox[:3])
    assert choice.finish.reason == inference_pb2.FINISH_REASON_LENGTH
    assert events.num_tokens == 3


def test_stop_string_ends_the_choice_at_its_last_token(tokenizer: Tokenizer) -> None:
    head = tokenizer.encode("One. Two")
    tail = tokenizer.encode(" and three")
    choice, events, _ = run(
        tokenizer, outputs([*head, *tail], FinishReason.LENGTH, borders=[]), stop=["Two"]
    )
    assert choice.text == "One."
    assert choice.finish.reason == inference_pb2.FINISH_REASON_STOP
    assert choice.finish.stop == "Two"
    assert events.is_finished
    assert events.num_tokens == len(head)


def test_nothing_comes_after_a_stop_string(tokenizer: Tokenizer) -> None:
    steps = outputs(tokenizer.encode("One. Two and three"), FinishReason.LENGTH)
    _, events, responses = run(tokenizer, steps, stop=["Two"])
    assert [event.WhichOneof("event") for event in responses].count("finish") == 1
    assert responses[-1].WhichOneof("event") == "finish"
    assert events.push(steps[-1]) == []


def test_stop_string_can_be_kept(tokenizer: Tokenizer) -> None:
    steps = outputs(tokenizer.encode("One.\nTwo"))
    choice, _, _ = run(tokenizer, steps, stop=[".\n"], include_stop=True)
    assert choice.text == "One.\n"


def test_stop_string_is_not_looked_for_before_min_tokens(tokenizer: Tokenizer) -> None:
    first = tokenizer.encode("stop here")
    steps = outputs([*first, *tokenizer.encode(" and stop there")])
    choice, _, _ = run(tokenizer, steps, stop=["stop"], min_tokens=len(first))
    assert choice.text == "stop here and"


@pytest.mark.parametrize("stop", ["\n", "I look", "k>", "</think>", "look.</think>"])
def test_reasoning_is_not_searched_for_stop_strings(tokenizer: Tokenizer, stop: str) -> None:
    steps = outputs(tokenizer.encode("I look.\nAgain.</think>\n\nA fox."))
    choice, _, _ = run(tokenizer, steps, is_thinking=True, stop=[stop])
    assert choice.reasoning == "I look.\nAgain."
    assert choice.text == "A fox"
    assert choice.finish.WhichOneof("matched") != "stop"


def test_answer_after_reasoning_ends_at_a_stop_string(tokenizer: Tokenizer) -> None:
    steps = outputs(tokenizer.encode("I look.\nSTOP</think>\n\nA fox.\nA dog."))
    choice, _, _ = run(tokenizer, steps, is_thinking=True, stop=["\n"])
    assert (choice.reasoning, choice.text) == ("I look.\nSTOP", "A fox.")
    assert choice.finish.stop == "\n"


@pytest.mark.parametrize(("include_stop", "text"), [(False, "One"), (True, "One.")])
def test_stop_token_of_the_caller_is_named(
    tokenizer: Tokenizer, include_stop: bool, text: str
) -> None:
    token_ids = tokenizer.encode("One.")
    choice, events, _ = run(tokenizer, outputs(token_ids), include_stop=include_stop)
    assert choice.text == text
    assert choice.finish.reason == inference_pb2.FINISH_REASON_STOP
    assert choice.finish.stop_token_id == token_ids[-1]
    assert events.num_tokens == len(token_ids)


def test_reasoning_and_answer_are_told_apart_and_counted(tokenizer: Tokenizer) -> None:
    reasoning = tokenizer.encode("I look.\n</think>")
    answer = [*tokenizer.encode("\n\nA fox."), tokenizer.eos_id]
    choice, events, _ = run(tokenizer, outputs([*reasoning, *answer]), is_thinking=True)
    assert (choice.reasoning, choice.text) == ("I look.", "A fox.")
    assert events.num_reasoning_tokens == len(reasoning)
    assert events.num_tokens == len(reasoning) + len(answer)


def test_reasoning_that_never_ends_is_no_answer(tokenizer: Tokenizer) -> None:
    token_ids = tokenizer.encode("I look and look")
    choice, events, _ = run(tokenizer, outputs(token_ids, FinishReason.LENGTH), is_thinking=True)
    assert choice.reasoning == "I look and look"
    assert not choice.HasField("text")
    assert events.num_reasoning_tokens == events.num_tokens == len(token_ids)


def test_tool_calls_end_the_turn_with_their_own_reason(tokenizer: Tokenizer) -> None:
    token_ids = [*tokenizer.encode(f"I ask.\n{CALL}\n"), tokenizer.eos_id]
    choice, _, _ = run(tokenizer, outputs(token_ids), has_tools=True)
    assert choice.text == "I ask."
    assert [(call.name, call.arguments) for call in choice.tool_calls] == [("f", '{"a": 1}')]
    assert choice.finish.reason == inference_pb2.FINISH_REASON_TOOL_CALLS


def test_tool_calls_without_text_leave_the_text_unset(tokenizer: Tokenizer) -> None:
    token_ids = [*tokenizer.encode(CALL), tokenizer.eos_id]
    choice, _, _ = run(tokenizer, outputs(token_ids), has_tools=True)
    assert not choice.HasField("text")
    assert len(choice.tool_calls) == 1


@pytest.mark.parametrize("stop", ["]", "</TOOLCALL>", "}]"])
def test_call_before_a_stop_string_is_delivered(tokenizer: Tokenizer, stop: str) -> None:
    steps = outputs([*tokenizer.encode(f"I ask. {CALL}"), tokenizer.eos_id])
    choice, _, _ = run(tokenizer, steps, has_tools=True, stop=[stop])
    assert choice.text == "I ask."
    assert choice.finish.stop == stop
    assert [call.name for call in choice.tool_calls] == ["f"]
    assert '{"a": 1}'.startswith(choice.tool_calls[0].arguments)


@given(num_tokens=st.integers(1, 60), stop=st.sampled_from(["", "]", '"', "a", "TOOL", "\n", "<"]))
def test_no_cut_shows_markup(tokenizer: Tokenizer, num_tokens: int, stop: str) -> None:
    token_ids = tokenizer.encode(f"I ask. {CALL}\n{CALL} Wait.")[:num_tokens]
    steps = outputs(token_ids, FinishReason.LENGTH)

    choice, _, _ = run(tokenizer, steps, has_tools=True, stop=[stop] if stop else [])

    assert "I ask. \n Wait.".startswith(choice.text)
    has_stop = choice.finish.HasField("stop")
    reason = inference_pb2.FINISH_REASON_STOP if has_stop else inference_pb2.FINISH_REASON_LENGTH
    assert choice.finish.reason == reason
    for call in choice.tool_calls:
        assert call.name == "f"
        assert '{"a": 1}'.startswith(call.arguments)


def test_without_parallel_calls_the_first_call_ends_the_choice(tokenizer: Tokenizer) -> None:
    two = CALL.replace("}]", '}, {"name": "g", "arguments": {}}]')
    token_ids = tokenizer.encode(f"I ask. {two} More.")
    for borders in (None, []):
        steps = outputs([*token_ids, tokenizer.eos_id], borders=borders)
        choice, events, _ = run(tokenizer, steps, has_tools=True, parallel_tool_calls=False)
        assert choice.text == "I ask."
        assert [(call.name, call.arguments) for call in choice.tool_calls] == [("f", '{"a": 1}')]
        assert choice.finish.reason == inference_pb2.FINISH_REASON_TOOL_CALLS
        assert events.num_tokens < len(token_ids)


def test_without_tools_a_call_is_text(tokenizer: Tokenizer) -> None:
    token_ids = [*tokenizer.encode(CALL), tokenizer.eos_id]
    choice, _, _ = run(tokenizer, outputs(token_ids))
    assert choice.text == CALL
    assert choice.finish.reason == inference_pb2.FINISH_REASON_STOP


def test_call_in_the_reasoning_is_reasoning(tokenizer: Tokenizer) -> None:
    token_ids = [*tokenizer.encode(f"{CALL}</think>No."), tokenizer.eos_id]
    choice, _, _ = run(tokenizer, outputs(token_ids), is_thinking=True, has_tools=True)
    assert (choice.reasoning, choice.text) == (CALL, "No.")
    assert not choice.tool_calls


fragments = st.sampled_from(
    [
        "<think>",
        "</think>",
        "<",
        "\n",
        " ",
        "A fox",
        "🦊",
        "é",
        "stop",
        "sto",
        CALL,
        "<TOOLCALL>",
        "{",
    ]
)


@given(
    data=st.data(),
    text=st.lists(fragments, max_size=6).map("".join),
    num_cut=st.integers(0, 3),
    finish=st.sampled_from(FinishReason),
    is_thinking=st.booleans(),
    has_tools=st.booleans(),
    include_stop=st.booleans(),
    stop=st.lists(st.sampled_from(["stop", "\n\n", "k>", "🦊", "]"]), max_size=2),
    parallel_tool_calls=st.booleans(),
    min_tokens=st.integers(0, 4),
)
def test_answer_is_the_same_however_tokens_are_coalesced(
    tokenizer: Tokenizer,
    data: st.DataObject,
    text: str,
    num_cut: int,
    finish: FinishReason,
    **options: Any,
) -> None:
    token_ids = tokenizer.encode(text)
    token_ids = [*token_ids[: len(token_ids) - num_cut], tokenizer.eos_id]
    borders = data.draw(st.lists(st.integers(1, len(token_ids))))
    single, single_events, _ = run(tokenizer, outputs(token_ids, finish), **options)
    several, several_events, responses = run(
        tokenizer, outputs(token_ids, finish, borders), **options
    )
    for call in (*single.tool_calls, *several.tool_calls):
        call.id = ""
    assert single == several
    assert single_events.num_tokens == several_events.num_tokens >= len(single.logprobs)
    assert single_events.num_reasoning_tokens == several_events.num_reasoning_tokens
    assert sum(event.delta.num_tokens for event in responses) == single_events.num_tokens
