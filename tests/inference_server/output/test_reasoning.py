import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.output.reasoning import ReasoningSplitter

texts = st.lists(
    st.sampled_from(["<think>", "</think>", "<", "</", "think>", "a", " ", "\n", "é"]), max_size=8
).map("".join)


def split(pieces: list[str], *, is_thinking: bool = True) -> tuple[str, str]:
    splitter = ReasoningSplitter(is_thinking=is_thinking)
    pairs = [splitter.push(piece) for piece in pieces]
    return (
        "".join(reasoning for reasoning, _ in pairs) + splitter.flush(),
        "".join(answer for _, answer in pairs),
    )


def cut(text: str, borders: list[int]) -> list[str]:
    ends = sorted({min(border, len(text)) for border in borders} | {len(text)})
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(text=texts, borders=st.lists(st.integers(0, 60)))
def test_split_is_the_same_wherever_the_text_is_cut(text: str, borders: list[int]) -> None:
    reasoning, _, answer = text.partition("</think>")
    reasoning = reasoning.strip().removeprefix("<think>").strip()
    assert split(cut(text, borders)) == (reasoning, answer.lstrip("\n"))


@given(text=texts)
def test_without_thinking_everything_is_the_answer(text: str) -> None:
    assert split(list(text), is_thinking=False) == ("", text)


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("I look.\n</think>\n\nA fox.", "I look.", "A fox."),
        ("<think>\nI look.</think>A fox.", "I look.", "A fox."),
        ("I look and", "I look and", ""),
        ("</think>A fox.", "", "A fox."),
        ("One</think>two</think>three", "One", "two</think>three"),
        ("<thi", "<thi", ""),
        ("so </thi", "so </thi", ""),
    ],
)
def test_examples(text: str, reasoning: str, answer: str) -> None:
    assert split(list(text)) == (reasoning, answer)


def test_reasoning_is_shown_as_it_comes() -> None:
    splitter = ReasoningSplitter(is_thinking=True)
    assert splitter.push("I look") == ("I look", "")
    assert splitter.push(" at it ") == (" at it", "")
    assert splitter.is_thinking
    assert splitter.push("</think>A") == ("", "A")
    assert not splitter.is_thinking
