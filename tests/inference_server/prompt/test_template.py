import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nemotron_vl.v1.content_pb2 import (
    ROLE_ASSISTANT,
    ROLE_SYSTEM,
    ROLE_TOOL,
    ROLE_USER,
    Image,
    Message,
    Part,
    Tool,
    ToolCall,
    Video,
)
from nemotron_vl.v1.inference_pb2 import TOOL_CHOICE_MODE_NONE, Generation, ToolChoice

from inference_server.errors import InvalidArgument
from inference_server.prompt.template import Rendered, render
from inference_server.prompt.tokenizer import Tokenizer

IMAGE = Part(image=Image(data=b"-"))
VIDEO = Part(video=Video(data=b"-"))


def message(role: int, *parts: str | Part) -> Message:
    return Message(
        role=role,  # pyright: ignore[reportArgumentType]
        parts=[Part(text=part) if isinstance(part, str) else part for part in parts],
    )


def spelled(rendered: Rendered, tokenizer: Tokenizer) -> str:
    """The pieces as one text, special tokens in brackets that no text here has."""
    names = {tokenizer.special_id(name): name for name in tokenizer.special_tokens}
    return "".join(
        f"⟦{names[piece]}⟧" if isinstance(piece, int) else piece for piece in rendered.pieces
    )


def rendered_text(generation: Generation, tokenizer: Tokenizer) -> str:
    return spelled(render(generation, tokenizer), tokenizer)


def test_a_conversation_becomes_special_tokens_and_text(tokenizer: Tokenizer) -> None:
    generation = Generation(
        messages=[
            message(ROLE_SYSTEM, "Be brief."),
            message(ROLE_USER, "What ", IMAGE, "is this?"),
            message(ROLE_ASSISTANT, "A dog."),
            message(ROLE_USER, "Sure?"),
        ]
    )
    assert rendered_text(generation, tokenizer) == (
        "⟦<s>⟧⟦<SPECIAL_10>⟧System\nBe brief.\n⟦<SPECIAL_11>⟧User\n⟦<image>⟧\nWhat is this?\n"
        "⟦<SPECIAL_11>⟧Assistant\nA dog.\n⟦<SPECIAL_12>⟧\n⟦<SPECIAL_11>⟧User\nSure?\n"
        "⟦<SPECIAL_11>⟧Assistant\n<think></think>"
    )


def test_tools_calls_and_responses(tokenizer: Tokenizer) -> None:
    call = ToolCall(id="1", name="look", arguments='{"at": "<image>"}')
    generation = Generation(
        messages=[
            message(ROLE_USER, "Look."),
            Message(role=ROLE_ASSISTANT, tool_calls=[call, ToolCall(name="sit")]),
            Message(role=ROLE_TOOL, parts=[Part(text="[/thinking]")], tool_call_id="1"),
        ],
        tools=[Tool(name="look", description="<s>", parameters_json_schema='{"<img>": "\\u003c"}')],
    )
    text = rendered_text(generation, tokenizer)
    assert (
        '[{"name": "look", "description": "<s>", "parameters": {"<img>": "<"}}]</AVAILABLE' in text
    )
    assert (
        '<TOOLCALL>[{"name": "look", "arguments": {"at": "<image>"}}, '
        '{"name": "sit", "arguments": {}}]</TOOLCALL>\n' in text
    )
    assert "<TOOL_RESPONSE>[[/thinking]]</TOOL_RESPONSE>" in text


def test_images_of_a_tool_stand_in_its_response(tokenizer: Tokenizer) -> None:
    generation = Generation(
        messages=[
            message(ROLE_USER, "Compare ", IMAGE),
            Message(role=ROLE_ASSISTANT, tool_calls=[ToolCall(name="look")] * 2),
            message(ROLE_TOOL, "Page 1", IMAGE),
            message(ROLE_TOOL, IMAGE, IMAGE),
        ]
    )
    assert rendered_text(generation, tokenizer).endswith(
        "⟦<SPECIAL_11>⟧User\n<TOOL_RESPONSE>[⟦<image>⟧\nPage 1, "
        "<image 1>⟦<image>⟧ <image 2>⟦<image>⟧\n]</TOOL_RESPONSE>\n"
        "⟦<SPECIAL_11>⟧Assistant\n<think></think>"
    )


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ('{"a":1,"b":[1,2]}', '{"a": 1, "b": [1, 2]}'),
        ('{\n  "a": "\\u00e9\\/"\n}', '{"a": "é/"}'),
        (
            '{"a":1.0,"b":1e400,"c":12345678901234567890}',
            '{"a": 1.0, "b": 1e400, "c": 12345678901234567890}',
        ),
        ('{"b":1,"a":2,"b":3}', '{"b": 1, "a": 2, "b": 3}'),
        ("{}", "{}"),
        ("", "{}"),
        (" null ", "{}"),
        ("[1,2]", "[1, 2]"),
        ("city=Bern", "city=Bern"),
        ('{"a":1', '{"a":1'),
        ('{"a":NaN}', '{"a":NaN}'),
    ],
)
def test_arguments_in_the_history_are_written_as_the_model_writes_them(
    tokenizer: Tokenizer, arguments: str, shown: str
) -> None:
    """Not valid JSON stays as it is."""
    call = ToolCall(name="f", arguments=arguments)
    generation = Generation(
        messages=[
            message(ROLE_USER, "Go."),
            Message(role=ROLE_ASSISTANT, tool_calls=[call]),
            message(ROLE_TOOL, "Done."),
        ]
    )
    text = rendered_text(generation, tokenizer)
    assert f'{{"name": "f", "arguments": {shown}}}]</TOOLCALL>' in text


@given(
    value=st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.text() | st.integers(),
            lambda values: (
                st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3)
            ),
            max_leaves=6,
        ),
        max_size=3,
    )
)
def test_who_wrote_the_arguments_does_not_show(tokenizer: Tokenizer, value: object) -> None:
    def text(arguments: str) -> str:
        call = ToolCall(name="f", arguments=arguments)
        turn = Message(role=ROLE_ASSISTANT, tool_calls=[call])
        messages = [message(ROLE_USER, "Go."), turn, message(ROLE_TOOL, "Done.")]
        return rendered_text(Generation(messages=messages), tokenizer)

    forms = [
        json.dumps(value, separators=(",", ":"), ensure_ascii=False),
        json.dumps(value),
        json.dumps(value, indent=2, ensure_ascii=False),
    ]
    [shown] = {text(form) for form in forms}
    assert json.dumps(value, ensure_ascii=False) in shown


@pytest.mark.parametrize("beginning", ["The answer is", " is ", "\n", "</think>", "<image> x"])
@pytest.mark.parametrize("flag", ["", " /think", " /no_think"])
def test_what_the_assistant_has_begun_is_continued(
    tokenizer: Tokenizer, beginning: str, flag: str
) -> None:
    question = message(ROLE_USER, f"Why?{flag}")
    plain = render(Generation(messages=[question], thinking=False), tokenizer)

    begun = render(Generation(messages=[question, message(ROLE_ASSISTANT, beginning)]), tokenizer)

    assert begun.pieces == (*plain.pieces, beginning)
    assert not begun.is_thinking


@pytest.mark.parametrize("flag", ["", " /think"])
def test_an_answer_begun_with_nothing_is_an_answer(tokenizer: Tokenizer, flag: str) -> None:
    question = message(ROLE_USER, f"Why?{flag}")
    begun = Generation(messages=[question, message(ROLE_ASSISTANT, "")])
    assert render(begun, tokenizer) == render(Generation(messages=[question]), tokenizer)


@pytest.mark.parametrize("beginning", ["", "The answer is"])
def test_an_answer_may_begin_where_nothing_was_asked(tokenizer: Tokenizer, beginning: str) -> None:
    begun = Generation(messages=[message(ROLE_ASSISTANT, beginning)])
    nothing = Generation(messages=[message(ROLE_SYSTEM, "")])
    pieces = render(nothing, tokenizer).pieces
    assert render(begun, tokenizer).pieces == ((*pieces, beginning) if beginning else pieces)


def test_tool_choice_none_hides_the_tools(tokenizer: Tokenizer) -> None:
    messages = [message(ROLE_USER, "Look.")]
    hidden = Generation(
        messages=messages,
        tools=[Tool(name="look")],
        tool_choice=ToolChoice(mode=TOOL_CHOICE_MODE_NONE),
    )
    assert render(hidden, tokenizer) == render(Generation(messages=messages), tokenizer)


@pytest.mark.parametrize("thinking", [True, False])
def test_the_field_decides_about_thinking(tokenizer: Tokenizer, thinking: bool) -> None:
    messages = [message(ROLE_SYSTEM, "/think"), message(ROLE_USER, "a /no_think")]
    rendered = render(Generation(messages=messages, thinking=thinking), tokenizer)
    assert rendered.is_thinking is thinking
    assert "think" not in spelled(rendered, tokenizer).rpartition("⟦<SPECIAL_11>⟧Assistant")[0]


def test_without_the_field_flags_decide_and_no_text_can_fake_the_outcome(
    tokenizer: Tokenizer,
) -> None:
    def is_thinking(*parts: str | Part) -> bool:
        return render(Generation(messages=[message(ROLE_USER, *parts)]), tokenizer).is_thinking

    assert is_thinking("/think")
    assert not is_thinking("a")
    assert not is_thinking("<think>\n")
    assert not is_thinking("/think", VIDEO)


@given(st.data())
def test_nothing_that_a_caller_writes_is_special(tokenizer: Tokenizer, data: st.DataObject) -> None:
    """Flags are stripped by the template, which may join what stood around them."""
    fragments = [*tokenizer.special_tokens, "/think", "/no_think", "</think>", "<im", "age>", "a"]
    text = st.lists(st.sampled_from(sorted(fragments))).map("".join)
    words = data.draw(text)
    generation = Generation(
        messages=[
            message(ROLE_SYSTEM, data.draw(text)),
            message(ROLE_USER, words, IMAGE, data.draw(text), IMAGE),
            Message(
                role=ROLE_ASSISTANT,
                parts=[Part(text=data.draw(text))],
                tool_calls=[ToolCall(name=data.draw(text), arguments=data.draw(text))],
            ),
            message(ROLE_TOOL, data.draw(text)),
        ],
        tools=[
            Tool(
                name=data.draw(text),
                description=data.draw(text),
                parameters_json_schema=json.dumps({data.draw(text): [data.draw(text)]}),
            )
        ],
    )
    special = [piece for piece in render(generation, tokenizer).pieces if isinstance(piece, int)]
    image_id = tokenizer.special_id("<image>")
    expected = (1, 10, 11, image_id, image_id, 11, 12, 11, 11)
    assert tuple(special) == expected


@given(text=st.text().filter(lambda text: "think" not in text))
def test_text_reaches_the_model_unchanged(tokenizer: Tokenizer, text: str) -> None:
    generation = Generation(messages=[message(ROLE_USER, f"|{text}|")])
    assert rendered_text(generation, tokenizer) == (
        f"⟦<s>⟧⟦<SPECIAL_10>⟧System\n\n⟦<SPECIAL_11>⟧User\n|{text}|\n"
        "⟦<SPECIAL_11>⟧Assistant\n<think></think>"
    )


def test_a_schema_is_refused_by_the_path_of_its_tool(tokenizer: Tokenizer) -> None:
    tools = [Tool(name="a"), Tool(name="b", parameters_json_schema="[]")]
    with pytest.raises(InvalidArgument) as caught:
        render(Generation(messages=[message(ROLE_USER, "a")], tools=tools), tokenizer)
    assert caught.value.field == "tools[1].parameters_json_schema"


def test_a_long_conversation_is_rendered(tokenizer: Tokenizer) -> None:
    turns = [message(ROLE_USER, "a"), message(ROLE_ASSISTANT, "b")] * 2000
    rendered = render(Generation(messages=[*turns, message(ROLE_USER, "c")]), tokenizer)
    assert rendered.pieces.count(tokenizer.eos_id) == 2000
