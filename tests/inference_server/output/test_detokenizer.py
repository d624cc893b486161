from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as FastTokenizer

import inference_server
from inference_server.output.detokenizer import Detokenizer
from inference_server.prompt.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def library() -> FastTokenizer:
    folder = Path(inference_server.__file__).parent / "assets" / "demo_model"
    return FastTokenizer.from_file(str(folder / "tokenizer.json"))


def detokenize(tokenizer: Tokenizer, token_ids: list[int]) -> list[str]:
    detokenizer = Detokenizer(tokenizer)
    return [*(detokenizer.push(token_id) for token_id in token_ids), detokenizer.flush()]


@given(text=st.text())
def test_text_comes_back_and_no_character_is_broken(tokenizer: Tokenizer, text: str) -> None:
    pieces = detokenize(tokenizer, tokenizer.encode(text))
    assert "".join(pieces) == text
    assert sum(piece.count("\ufffd") for piece in pieces) == text.count("\ufffd")


@given(data=st.data())
def test_any_ids_give_the_text_that_decode_gives(tokenizer: Tokenizer, data: st.DataObject) -> None:
    token_ids = data.draw(st.lists(st.integers(0, tokenizer.vocab_size - 1)))
    assert "".join(detokenize(tokenizer, token_ids)) == tokenizer.decode(token_ids)


@given(data=st.data())
def test_bytes_in_any_order_give_the_text_that_the_library_decodes(
    tokenizer: Tokenizer, library: FastTokenizer, data: st.DataObject
) -> None:
    id_by_byte = {tokenizer.token_bytes(token_id): token_id for token_id in range(300)}
    single = [id_by_byte[bytes([byte])] for byte in range(256)]
    token_ids = data.draw(st.lists(st.sampled_from(single)))
    assert "".join(detokenize(tokenizer, token_ids)) == library.decode(token_ids)


def test_character_of_several_tokens_comes_whole(tokenizer: Tokenizer) -> None:
    token_ids = tokenizer.encode("🦊")
    assert len(token_ids) == 4
    assert detokenize(tokenizer, token_ids) == ["", "", "", "🦊", ""]


def test_character_cut_off_is_replaced_at_the_end(tokenizer: Tokenizer) -> None:
    assert detokenize(tokenizer, tokenizer.encode("🦊")[:3]) == ["", "", "", "\ufffd"]


@pytest.mark.parametrize("position", [0, 1, 4])
def test_special_tokens_are_no_text(tokenizer: Tokenizer, position: int) -> None:
    token_ids = tokenizer.encode("🦊")
    token_ids.insert(position, tokenizer.eos_id)
    assert "".join(detokenize(tokenizer, token_ids)) == "🦊"
