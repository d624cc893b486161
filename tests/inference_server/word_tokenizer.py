"""A tokenizer that is just large enough to name the special tokens."""

from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordLevel

_SPECIALS = ("<s>", "<SPECIAL_12>", "<image>", "<img>", "</img>", "<video>")


def write_word_tokenizer(folder: Path) -> Path:
    """106 entries, words before specials, in the folder's tokenizer.json; returns the folder."""
    words = [f"word{index}" for index in range(100)]
    vocab = {word: index for index, word in enumerate([*words, *_SPECIALS])}
    Tokenizer(WordLevel(vocab, unk_token="word0")).save(str(folder / "tokenizer.json"))
    return folder
