"""A tokenizer with as many tokens as the released one: the demo model's and made-up words.

So every token that a random model samples has a text, and no real text contains the made-up ones.
"""

import json
import shutil
from itertools import count, islice, product
from pathlib import Path
from string import ascii_lowercase

from inference_server.checkpoint.locate import DEMO_MODEL

_FILES = ("tokenizer_config.json", "chat_template.jinja")


def write_tokenizer(folder: Path, vocab_size: int) -> Path:
    """Fills the folder with tokenizer files whose ids end at vocab_size; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copy(DEMO_MODEL / name, folder)
    tokenizer = json.loads((DEMO_MODEL / "tokenizer.json").read_text(encoding="utf-8"))
    vocab: dict[str, int] = tokenizer["model"]["vocab"]
    behind = [token for token in tokenizer["added_tokens"] if token["content"] not in vocab]
    num_filled = vocab_size - len(behind) - len(vocab)
    # The letter in front is the byte-level alphabet's space; the next two begin no other token.
    words = ("Ġzz" + "".join(letters) for letters in product(ascii_lowercase, repeat=4))
    vocab |= dict(zip(islice(words, num_filled), count(len(vocab)), strict=False))
    for token_id, token in enumerate(behind, len(vocab)):
        token["id"] = token_id
    text = json.dumps(tokenizer, ensure_ascii=False)
    (folder / "tokenizer.json").write_text(text, encoding="utf-8")
    return folder
