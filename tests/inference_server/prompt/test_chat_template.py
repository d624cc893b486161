"""The shipped template, rule by rule, on the dictionaries that any client may give it."""

from typing import Any

import pytest

from inference_server.prompt.tokenizer import Tokenizer

IMAGE = {"type": "image"}
VIDEO = {"type": "video"}
OPENED = "<SPECIAL_11>Assistant\n<think></think>"
TOOL_BLOCK = (
    "You can use the following tools to assist the user if required:\n"
    '<AVAILABLE_TOOLS>[{"name": "f", "parameters": {"type": "object"}}, {"name": "g"}]'
    "</AVAILABLE_TOOLS>\n\n"
    "If you decide to call any tool(s), use the following format:\n"
    '<TOOLCALL>[{"name": "tool_name1", "arguments": "tool_args1"}, '
    '{"name": "tool_name2", "arguments": "tool_args2"}]</TOOLCALL>\n\n'
    "The user will execute tool-calls and return responses from tool(s) in this format:\n"
    '<TOOL_RESPONSE>[{"response": "tool_response1"}, {"response": "tool_response2"}]'
    "</TOOL_RESPONSE>\n\n"
    "Based on the tool responses, you can call additional tools if needed, correct tool calls if "
    "any errors are found, or just respond to the user."
)
TOOLS = [
    {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}},
    {"name": "g"},
]


def system(content: Any) -> dict[str, Any]:
    return {"role": "system", "content": content}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([user("Hi")], f"<s><SPECIAL_10>System\n\n<SPECIAL_11>User\nHi\n{OPENED}"),
        (
            [system("/think"), user([IMAGE, text("What is this?")])],
            (
                "<s><SPECIAL_10>System\n\n<SPECIAL_11>User\n<image>\nWhat is this?\n"
                "<SPECIAL_11>Assistant\n<think>\n"
            ),
        ),
        (
            [system("You are helpful. /no_think"), user([IMAGE, IMAGE, text("Which?")])],
            (
                "<s><SPECIAL_10>System\nYou are helpful.\n<SPECIAL_11>User\n"
                f"<image 1><image> <image 2><image>\nWhich?\n{OPENED}"
            ),
        ),
        ([system("Be brief.")], f"<s><SPECIAL_10>System\nBe brief.\n<SPECIAL_11>User\n\n{OPENED}"),
    ],
)
def test_a_conversation_is_rendered_whole(
    tokenizer: Tokenizer, messages: list[dict[str, Any]], expected: str
) -> None:
    assert tokenizer.render(messages) == expected


@pytest.mark.parametrize(
    ("messages", "thinks"),
    [
        ([user("/think")], True),
        ([user("a </think> b")], False),
        ([user("a </think> /think")], True),
        ([system("/think"), user("/no_think")], False),
        ([system("/no_think"), user([text("/think")])], True),
        ([user("/no_think /think")], True),
        ([user([text("/think"), text("/no_think")])], False),
        ([user("a"), {"role": "assistant", "content": "/think"}, user("b")], False),
        ([user("a"), {"role": "tool", "content": "/think"}], False),
    ],
)
def test_the_last_flag_decides_about_thinking(
    tokenizer: Tokenizer, messages: list[dict[str, Any]], thinks: bool
) -> None:
    tail = "<think>\n" if thinks else "<think></think>"
    assert tokenizer.render(messages).endswith(f"<SPECIAL_11>Assistant\n{tail}")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (" a /no_think b ", "a  b"),
        ("a</think>b /no_think", "a</think>b"),
        ([text("\n\na"), text("b ")], "ab"),
        ([text("a"), IMAGE], "<image>\na"),
        ([text("\na"), IMAGE, VIDEO, IMAGE], "<image 1><image> <image 2><image>\n<video>\na"),
        ([VIDEO, VIDEO, text("a")], "<video>\n<video>\na"),
        ([text("here <image> is"), IMAGE], "here <image> is"),
        ([text("here <video> is"), VIDEO, IMAGE], "<image>\nhere <video> is"),
        ([IMAGE], "<image>"),
        ([], ""),
    ],
)
def test_a_user_s_content_becomes_text_with_media_first(
    tokenizer: Tokenizer, content: Any, expected: str
) -> None:
    rendered = tokenizer.render([user(content)])
    assert rendered == f"<s><SPECIAL_10>System\n\n<SPECIAL_11>User\n{expected}\n{OPENED}"


def test_system_texts_are_joined_and_a_later_system_message_replaces_them(
    tokenizer: Tokenizer,
) -> None:
    joined = tokenizer.render([system([text("a /no_think"), text(" b ")]), user("c")])
    assert joined.startswith("<s><SPECIAL_10>System\na  b\n<SPECIAL_11>User\nc\n")
    replaced = tokenizer.render([system("a"), user("c"), system("d")])
    assert replaced == f"<s><SPECIAL_10>System\nd\n<SPECIAL_11>User\nc\n{OPENED}"


@pytest.mark.parametrize(("words", "gap"), [("Be brief.", "\n\n"), ("/no_think", "")])
def test_tools_follow_the_system_text(tokenizer: Tokenizer, words: str, gap: str) -> None:
    rendered = tokenizer.render([system(words), user("a")], TOOLS)
    shown = words.removeprefix("/no_think")
    assert rendered.startswith(f"<s><SPECIAL_10>System\n{shown}{gap}{TOOL_BLOCK}\n<SPECIAL_11>")


def test_tools_without_system_text(tokenizer: Tokenizer) -> None:
    rendered = tokenizer.render([user("a")], TOOLS)
    assert rendered.startswith(f"<s><SPECIAL_10>System\n{TOOL_BLOCK}\n<SPECIAL_11>User\na\n")


def test_calls_and_responses(tokenizer: Tokenizer) -> None:
    calls = [
        {"type": "function", "function": {"name": "f", "arguments": '{"a":1}'}},
        {"name": "g", "arguments": {"b": "é"}},
    ]
    messages = [
        user("a"),
        {"role": "assistant", "content": [], "tool_calls": calls},
        {"role": "tool", "content": "1"},
        {"role": "tool", "content": [text("/thing ")]},
        {"role": "assistant", "content": " so \n", "tool_calls": calls[:1]},
        {"role": "tool", "content": "2"},
        user("b"),
    ]
    assert tokenizer.render(messages) == (
        "<s><SPECIAL_10>System\n\n<SPECIAL_11>User\na\n"
        '<SPECIAL_11>Assistant\n<TOOLCALL>[{"name": "f", "arguments": {"a":1}}, '
        '{"name": "g", "arguments": {"b": "é"}}]</TOOLCALL>\n<SPECIAL_12>\n'
        "<SPECIAL_11>User\n<TOOL_RESPONSE>[1, /thing ]</TOOL_RESPONSE>\n"
        '<SPECIAL_11>Assistant\nso\n\n<TOOLCALL>[{"name": "f", "arguments": {"a":1}}]</TOOLCALL>\n'
        "<SPECIAL_12>\n<SPECIAL_11>User\n<TOOL_RESPONSE>[2]</TOOL_RESPONSE>\n"
        f"<SPECIAL_11>User\nb\n{OPENED}"
    )


def test_an_answer_in_the_history_keeps_its_reasoning(tokenizer: Tokenizer) -> None:
    history = {"role": "assistant", "content": "<think>\nx\n</think>\nyes\n"}
    rendered = tokenizer.render([user("a"), history, user("b")])
    assert "<SPECIAL_11>Assistant\n<think>\nx\n</think>\nyes\n<SPECIAL_12>\n" in rendered


def test_unknown_roles_print_nothing(tokenizer: Tokenizer) -> None:
    with_other = tokenizer.render([user("a"), {"role": "other", "content": "b"}])
    assert with_other == tokenizer.render([user("a")])
