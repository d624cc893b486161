from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.prompt.thinking import settle_thinking


def message(role: str, *texts: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text} for text in texts]}


def texts(messages: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(m["role"], [part["text"] for part in m["content"]]) for m in messages]


def test_without_a_wish_and_a_video_the_flags_stay_as_they_are() -> None:
    messages = [message("system", "/think"), message("user", "/no_think")]
    assert settle_thinking(messages, wanted=None, has_video=False) == messages


@pytest.mark.parametrize(("wanted", "flag"), [(True, "/think"), (False, "/no_think")])
def test_a_wish_replaces_every_flag(wanted: bool, flag: str) -> None:
    messages = [
        message("system", "a /think"),
        message("user", "b/no_think", "c"),
        message("assistant", "/think"),
        message("tool", "/think"),
    ]
    settled = settle_thinking(messages, wanted=wanted, has_video=False)
    assert texts(settled) == [
        ("system", ["a ", flag]),
        ("user", ["b", "c"]),
        ("assistant", ["/think"]),
        ("tool", ["/think"]),
    ]


def test_a_wish_brings_its_own_system_message() -> None:
    settled = settle_thinking([message("user", "a")], wanted=True, has_video=False)
    assert texts(settled) == [("system", ["/think"]), ("user", ["a"])]


def test_the_end_of_a_reasoning_is_no_flag() -> None:
    settled = settle_thinking([message("user", "a</think>b")], wanted=True, has_video=False)
    assert texts(settled)[1] == ("user", ["a</think>b"])


@given(st.lists(st.sampled_from(["/think", "/no_think", "/", "think", "no_", "<", ">"])))
def test_no_flag_survives_or_comes_about(pieces: list[str]) -> None:
    settled = settle_thinking([message("user", "".join(pieces))], wanted=False, has_video=False)
    left = texts(settled)[1][1][0]
    assert "/think" not in left.replace("</think>", "")
    assert "/no_think" not in left


def test_a_user_s_flag_is_dropped_with_a_video() -> None:
    settled = settle_thinking([message("user", "/think a")], wanted=None, has_video=True)
    assert texts(settled) == [("system", ["/no_think"]), ("user", [" a"])]


@pytest.mark.parametrize(
    ("role", "text", "wanted"),
    [
        ("user", "a", True),
        ("system", "a /think", None),
        ("user", "/think a", None),
        ("system", "/no_think", True),
    ],
)
def test_reasoning_about_a_video_is_left_out_and_logged(
    caplog: pytest.LogCaptureFixture, role: str, text: str, wanted: bool | None
) -> None:
    messages = [message(role, text), message("user", "b")]
    settled = settle_thinking(messages, wanted=wanted, has_video=True)
    assert texts(settled)[0][1][-1] == "/no_think"
    assert all("/think" not in part for _, parts in texts(settled) for part in parts)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize(
    ("text", "wanted"), [("a", None), ("/think /no_think", None), ("/think", False)]
)
def test_nothing_is_logged_where_no_reasoning_is_asked_for(
    caplog: pytest.LogCaptureFixture, text: str, wanted: bool | None
) -> None:
    settle_thinking([message("user", text)], wanted=wanted, has_video=True)
    assert not caplog.records


def test_a_field_that_says_no_overrides_the_system_text_with_a_video() -> None:
    messages = [message("system", "/think"), message("user", "c")]
    settled = settle_thinking(messages, wanted=False, has_video=True)
    assert texts(settled) == [("system", ["", "/no_think"]), ("user", ["c"])]
