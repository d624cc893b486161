from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.errors import InvalidArgument
from inference_server.prompt.special_tokens import Guard

TOKENS = ["<s>", "<image>", "[INST]"]

# Letters, signs of special tokens, and the first stand-ins themselves.
texts = st.text(st.sampled_from("abst/<>[]\ue000\ue001\ue002\ue003imagethink"))


@given(texts)
def test_showing_undoes_hiding(text: str) -> None:
    guard = Guard(TOKENS, [text], "")
    assert guard.show(guard.hide(text)) == text


@given(texts)
def test_a_hidden_text_has_no_start_of_a_special_token(text: str) -> None:
    hidden = Guard(TOKENS, [text], "").hide(text)
    assert not {"<", "["} & {*hidden}
    assert len(hidden) == len(text.replace("</think>", "."))


def test_stand_ins_occur_neither_in_the_conversation_nor_in_the_template() -> None:
    guard = Guard(TOKENS, {"role": "\ue000\ue002"}, "\ue001")
    assert not {"\ue000", "\ue001", "\ue002"} & {*guard.hide("< [ </think>")}


def test_hiding_reaches_keys_and_values() -> None:
    value: Any = {"a<": ["<", {"b": "<"}, 1, None, True, 1.5]}
    guard = Guard(TOKENS, value, "")
    stand_in = guard.hide("<")
    assert guard.hide_all(value) == {
        f"a{stand_in}": [stand_in, {"b": stand_in}, 1, None, True, 1.5]
    }


def test_a_conversation_of_every_character_is_refused() -> None:
    everything = "".join(map(chr, range(0xE000, 0x110000)))
    with pytest.raises(InvalidArgument):
        Guard(TOKENS, [everything], "")
