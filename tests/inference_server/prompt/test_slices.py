"""The slices of a text are cut by the library's own rules as the whole text is."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as FastTokenizer
from tokenizers.pre_tokenizers import PreTokenizer

import inference_server
from inference_server.prompt import slices
from inference_server.prompt.slices import Slicer
from inference_server.prompt.tokenizer import Tokenizer

FOLDER = Path(inference_server.__file__).parent / "assets" / "demo_model"
TOKENIZER = Tokenizer.load(FOLDER)
STATE: dict[str, Any] = json.loads((FOLDER / "tokenizer.json").read_text())
EXPRESSIONS = ["|".join(way for way in ways if way) for ways in product(*slices._ALTERNATIVES)]
# Characters of every class that some expression knows, and of every contraction.
CHARACTERS = list("aAbBsStTrReElL'' \n\r\t//.!-19٣½é中ǅʰ\u0301\u0903😀\u00a0\u2028\x0b\x85ⅷ²_`")


def runs() -> st.SearchStrategy[str]:
    """Texts of few characters that are repeated, which is where words are long."""
    few = st.lists(st.sampled_from(CHARACTERS), min_size=1, max_size=4)
    return few.flatmap(
        lambda characters: st.lists(
            st.tuples(st.sampled_from(characters), st.integers(1, 30)), max_size=40
        )
    ).map(lambda pieces: "".join(character * count for character, count in pieces))


def state_with(expression: str) -> dict[str, Any]:
    state = json.loads(json.dumps(STATE))
    state["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = expression
    return state


def words(pre_tokenizer: PreTokenizer, text: str) -> list[str]:
    return [word for word, _ in pre_tokenizer.pre_tokenize_str(text)]


@pytest.fixture(scope="module", autouse=True)
def short_slices() -> Any:
    """So short that a text of a hundred characters has many, and some windows fall within runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "_SLICE", 24)
        patch.setattr(slices, "_WINDOW", 8)
        yield


@pytest.fixture(scope="module")
def slicers() -> list[tuple[Slicer, PreTokenizer]]:
    states = map(state_with, EXPRESSIONS)
    return [
        (Slicer(state), FastTokenizer.from_str(json.dumps(state)).pre_tokenizer) for state in states
    ]


@settings(max_examples=25)
@given(text=st.one_of(runs(), st.text(st.sampled_from(CHARACTERS), max_size=400)))
def test_slices_have_the_words_of_the_whole_text_under_every_known_expression(
    slicers: list[tuple[Slicer, PreTokenizer]], text: str
) -> None:
    for slicer, pre_tokenizer in slicers:
        pieces = list(slicer.slices(text))
        assert "".join(pieces) == text
        assert [word for piece in pieces for word in words(pre_tokenizer, piece)] == words(
            pre_tokenizer, text
        )


@given(st.one_of(runs(), st.text(max_size=400)))
def test_slices_have_the_ids_of_the_whole_text(text: str) -> None:
    whole = TOKENIZER._plain.encode(text, add_special_tokens=False).ids
    assert TOKENIZER.encode(text) == whole


@pytest.mark.parametrize(
    "text", ["1" * 99, "a b" * 33, "a\n" * 50, "!\n" * 50, "a." * 50, "中1" * 50, "a\t" * 50]
)
def test_texts_of_short_words_have_short_slices(text: str) -> None:
    assert all(len(piece) <= 24 for piece in Slicer(STATE).slices(text))


def test_numbers_by_three_are_cut_where_the_whole_number_is() -> None:
    expression = next(each for each in EXPRESSIONS if "{1,3}" in each)
    pieces = list(Slicer(state_with(expression)).slices("1" * 100))
    assert len(pieces) > 3
    assert all(len(piece) % 3 == 0 for piece in pieces[:-1])


@pytest.mark.parametrize("text", ["a" * 99, "\n" * 99, "😀" * 99, "\u0301" * 99])
def test_a_long_word_is_one_slice(text: str) -> None:
    assert list(Slicer(STATE).slices(text)) == [text]


@pytest.mark.parametrize(
    "state",
    [
        state_with(r"\w+|\W"),
        state_with(f"(?<=a){EXPRESSIONS[0]}"),
        state_with(f"{EXPRESSIONS[0]}|$"),
        STATE | {"normalizer": {"type": "Lowercase"}},
        STATE | {"pre_tokenizer": {"type": "Whitespace"}},
        STATE | {"pre_tokenizer": None},
    ],
)
def test_text_of_an_unknown_tokenizer_is_not_sliced(state: dict[str, Any]) -> None:
    assert list(Slicer(state).slices("a b " * 99)) == ["a b " * 99]
