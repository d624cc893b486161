"""A byte-level BPE with the special tokens of the released model, and its configuration."""

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

# Twenty ids before the vocabulary, of which the released model uses 1, 10, 11 and 12.
LEADING = ("<unk>", "<s>", "</s>", *(f"<SPECIAL_{index}>" for index in range(3, 20)))
# After the vocabulary, in the released order.
TRAILING = (
    "<image>",
    "<img>",
    "</img>",
    "<quad>",
    "</quad>",
    "<ref>",
    "</ref>",
    "<box>",
    "</box>",
    "<video>",
)
# Words with the space before them, single digits, runs of signs, line breaks, spaces.
WORDS = r" ?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+|\s*[\r\n]+|\s+(?!\S)|\s+"


def train(texts: Iterable[str], *, vocab_size: int) -> Tokenizer:
    """A byte-level BPE of `vocab_size` entries, then the trailing special tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[_special(token) for token in LEADING],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([_special(token) for token in TRAILING])
    return tokenizer


def write_config(file: Path) -> None:
    """What transformers reads beside tokenizer.json. As in the release, there is no pad token."""
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "eos_token": "<SPECIAL_12>",
        "unk_token": "<unk>",
        "clean_up_tokenization_spaces": False,
        "model_max_length": 131072,
    }
    file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _special(token: str) -> AddedToken:
    return AddedToken(token, special=True, normalized=False)
