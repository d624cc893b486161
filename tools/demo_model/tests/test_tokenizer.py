from pathlib import Path

from inference_server.models.checkpoint import DEMO_MODEL
from tools.demo_model.training.tokenizer import LEADING, TRAILING, train, write_config

TEXTS = [
    f"The {size} {colour} {shape} number {number} is in the picture."
    for number in range(40)
    for size in ("small", "large")
    for colour in ("red", "yellow", "blue")
    for shape in ("circle", "triangle", "square", "hexagon")
]


def test_the_same_text_gives_the_same_tokenizer() -> None:
    first, second = (train(TEXTS, vocab_size=320).to_str() for _ in range(2))
    assert first == second


def test_special_tokens_frame_the_vocabulary() -> None:
    tokenizer = train(TEXTS, vocab_size=320)
    assert [tokenizer.id_to_token(index) for index in range(20)] == [*LEADING]
    assert [tokenizer.id_to_token(index) for index in range(320, 330)] == [*TRAILING]
    assert tokenizer.get_vocab_size() == 330


def test_the_shipped_configuration_is_the_tool_s(tmp_path: Path) -> None:
    write_config(tmp_path / "tokenizer_config.json")
    shipped = (DEMO_MODEL / "tokenizer_config.json").read_text()
    assert (tmp_path / "tokenizer_config.json").read_text() == shipped
