import json
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

import inference_server
from inference_server.errors import InvalidArgument
from inference_server.prompt.tokenizer import Tokenizer
from tests.inference_server.rendered import encode_rendered

FOLDER = Path(inference_server.__file__).parent / "assets" / "demo_model"
TOKENIZER = Tokenizer.load(FOLDER)
REFERENCE = PreTrainedTokenizerFast.from_pretrained(FOLDER)
USER = {"role": "user", "content": [{"type": "text", "text": "Hi"}]}

special_tokens = st.sampled_from(sorted(TOKENIZER.special_tokens))


def copy_with(tmp_path: Path, file: str, **changes: object) -> Path:
    folder = shutil.copytree(FOLDER, tmp_path / "tokenizer")
    content = json.loads((folder / file).read_text()) | changes
    (folder / file).write_text(json.dumps(content))
    return folder


def test_special_tokens_have_the_released_ids() -> None:
    leading = [TOKENIZER.special_id(f"<SPECIAL_{index}>") for index in range(3, 20)]
    assert leading == list(range(3, 20))
    assert TOKENIZER.special_id("<s>") == 1
    assert TOKENIZER.eos_id == 12


def test_media_tokens_follow_the_vocabulary_in_the_released_order() -> None:
    pairs = [(f"<{name}>", f"</{name}>") for name in ("img", "quad", "ref", "box")]
    names = ["<image>", *(name for pair in pairs for name in pair), "<video>"]
    ids = [TOKENIZER.special_id(name) for name in names]
    assert ids == list(range(TOKENIZER.vocab_size - 10, TOKENIZER.vocab_size))


def test_there_is_no_pad_token() -> None:
    assert REFERENCE.pad_token is None


def test_digits_are_single_tokens() -> None:
    digits = [TOKENIZER.token_bytes(token_id) for token_id in TOKENIZER.encode("2048")]
    assert digits == [b"2", b"0", b"4", b"8"]


def test_loading_does_not_import_torch() -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from inference_server.prompt.tokenizer import Tokenizer\n"
        "tokenizer = Tokenizer.load(Path(sys.argv[1]))\n"
        "tokenizer.render([{'role': 'user', 'content': 'Hi'}])\n"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(FOLDER)], check=True)


def test_an_unknown_special_token_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="<sound>"):
        TOKENIZER.special_id("<sound>")


@given(st.text())
def test_text_survives_encoding_and_decoding(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


@given(special_tokens, st.text(), st.text())
def test_a_spelled_out_special_token_is_text(token: str, before: str, after: str) -> None:
    ids = TOKENIZER.encode(before + token + after)
    assert TOKENIZER.special_id(token) not in ids
    assert TOKENIZER.decode(ids) == before + token + after


@given(st.lists(st.one_of(st.text(), special_tokens)))
def test_rendered_text_is_encoded_as_the_reference_does(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert encode_rendered(TOKENIZER, text) == REFERENCE.encode(text, add_special_tokens=False)


def test_split_keeps_the_text_between_special_tokens() -> None:
    bos, image = TOKENIZER.special_id("<s>"), TOKENIZER.special_id("<image>")
    assert TOKENIZER.split("<s>a <image><image>\n") == [bos, "a ", image, image, "\n"]


def test_decoding_leaves_special_tokens_out_and_replaces_half_characters() -> None:
    id_by_byte = {TOKENIZER.token_bytes(token_id): token_id for token_id in range(20, 276)}
    half = [id_by_byte[bytes([byte])] for byte in "\N{SNOWMAN}".encode()[:2]]
    assert TOKENIZER.decode([1, *TOKENIZER.encode("a"), TOKENIZER.eos_id]) == "a"
    assert TOKENIZER.decode(half) == "\N{REPLACEMENT CHARACTER}"


def test_the_bytes_of_all_tokens_but_special_ones_decode_as_the_reference_does() -> None:
    for token_id in range(20, TOKENIZER.vocab_size - 10):
        text = TOKENIZER.token_bytes(token_id).decode("utf-8", errors="replace")
        assert text == REFERENCE.decode([token_id])


def test_an_id_beyond_the_vocabulary_stands_for_nothing() -> None:
    assert TOKENIZER.token_bytes(TOKENIZER.vocab_size) == b""
    assert TOKENIZER.decode([TOKENIZER.vocab_size + 7]) == ""


def test_special_markup_of_answers_is_shown(tmp_path: Path) -> None:
    added = json.loads((FOLDER / "tokenizer.json").read_text())["added_tokens"]
    markup = added[-1] | {"id": added[-1]["id"] + 1, "content": "</think>"}
    folder = copy_with(tmp_path, "tokenizer.json", added_tokens=[*added, markup])
    tokenizer = Tokenizer.load(folder)
    assert not tokenizer.is_hidden(tokenizer.special_id("</think>"))
    assert tokenizer.decode([tokenizer.eos_id, tokenizer.special_id("</think>")]) == "</think>"


@pytest.mark.parametrize(
    "strips", [{"rstrip": True}, {"lstrip": True}, {"lstrip": True, "rstrip": True}]
)
def test_tokens_that_swallow_spaces_swallow_them(tmp_path: Path, strips: dict[str, bool]) -> None:
    added = json.loads((FOLDER / "tokenizer.json").read_text())["added_tokens"]
    greedy = added[-1] | {"id": added[-1]["id"] + 1, "content": "<x>"} | strips
    folder = copy_with(tmp_path, "tokenizer.json", added_tokens=[*added, greedy])
    reference = PreTrainedTokenizerFast.from_pretrained(folder)
    text = "a <x>  \n b"
    assert encode_rendered(Tokenizer.load(folder), text) == reference.encode(text)


def test_the_checkpoint_s_own_template_is_used(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "tokenizer")
    (folder / "chat_template.jinja").write_text("{{ messages[0].role }}!")
    assert Tokenizer.load(folder).render([USER]) == "user!"


def test_a_checkpoint_without_template_gets_the_shipped_one(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "tokenizer")
    (folder / "chat_template.jinja").unlink()
    assert Tokenizer.load(folder).render([USER]) == TOKENIZER.render([USER])


def test_a_conversation_that_the_template_refuses_is_the_caller_s_fault(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "tokenizer")
    (folder / "chat_template.jinja").write_text("{{ raise_exception('secret') }}")
    with pytest.raises(InvalidArgument) as caught:
        Tokenizer.load(folder).render([USER])
    assert caught.value.field == "messages"
    assert "secret" not in caught.value.message


def test_a_vocabulary_without_bytes_is_refused(tmp_path: Path) -> None:
    model = {"type": "WordLevel", "vocab": {"<unk>": 0, "a": 1}, "unk_token": "<unk>"}
    folder = copy_with(tmp_path, "tokenizer.json", model=model)
    with pytest.raises(ValueError, match="byte-level"):
        Tokenizer.load(folder)


@given(st.text() | st.lists(st.sampled_from(range(TOKENIZER.vocab_size))).map(TOKENIZER.decode))
def test_no_text_has_fewer_tokens_than_its_length_tells(text: str) -> None:
    assert TOKENIZER.least_tokens(text) <= len(TOKENIZER.encode(text))


def test_the_length_of_a_text_of_longest_tokens_tells_all_of_them() -> None:
    longest = max(map(TOKENIZER.token_bytes, range(20, TOKENIZER.vocab_size - 10)), key=len)
    text = longest.decode()
    assert TOKENIZER.encode(text) == [TOKENIZER.encode(text)[0]]
    assert TOKENIZER.least_tokens(text) == 1
    assert TOKENIZER.least_tokens(text + "a") == 2


def test_the_length_tells_nothing_where_texts_are_normalized(tmp_path: Path) -> None:
    shortening = {"type": "Replace", "pattern": {"String": "a"}, "content": ""}
    tokenizer = Tokenizer.load(copy_with(tmp_path, "tokenizer.json", normalizer=shortening))
    assert tokenizer.encode("a" * 1000) == []
    assert tokenizer.least_tokens("a" * 1000) == 0


def test_tokens_that_strip_and_begin_alike_are_told_apart(tmp_path: Path) -> None:
    added = json.loads((FOLDER / "tokenizer.json").read_text())["added_tokens"]
    texts = [("<x>", False), ("<x>y", True), ("<x>yz", False)]
    more = [
        added[-1] | {"id": added[-1]["id"] + number, "content": content, "rstrip": strips}
        for number, (content, strips) in enumerate(texts, start=1)
    ]
    folder = copy_with(tmp_path, "tokenizer.json", added_tokens=[*added, *more])
    tokenizer = Tokenizer.load(folder)
    ids = [tokenizer.special_id(content) for content, _ in texts]
    assert tokenizer.split("<x> <x>y <x>yz <x>") == [ids[0], " ", ids[1], ids[2], " ", ids[0]]


def test_other_threads_run_while_a_long_text_is_encoded(tokenizer: Tokenizer) -> None:
    num_turns, text = 0, "word " * 100_000

    def has_company() -> bool:
        """Whether another thread ran meanwhile; on a busy machine not always."""
        before = num_turns
        tokenizer.encode(text)
        return num_turns > before + 10

    with ThreadPoolExecutor(1) as threads:
        trying = threads.submit(lambda: any(has_company() for _ in range(100)))
        while not trying.done():
            num_turns += 1
            time.sleep(0.001)
    assert trying.result()
