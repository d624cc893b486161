from tools.demo_model.training.tokenizer import LEADING, TRAILING, train

TEXTS = [
    f"The {size} {color} {shape} number {number} is in the picture."
    for number in range(40)
    for size in ("small", "large")
    for color in ("red", "yellow", "blue")
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
