"""Trains the demo model's tokenizer on the texts of the mix: a byte-level BPE.

    python -m tools.demo_model.training.tokenizer [folder]

Writes tokenizer.json; its configuration and the chat template are the shipped ones. It takes a
minute or two, since the pictures of the texts are drawn as well.
"""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from inference_server.checkpoint.locate import DEMO_MODEL
from tools.demo_model.catalog import assets, words
from tools.demo_model.mix import sample
from tools.demo_model.sample import Sample, texts_in

# Twenty ids before the vocabulary, of which the released model uses 1, 10, 11 and 12.
LEADING = ("<unk>", "<s>", "</s>", *(f"<SPECIAL_{index}>" for index in range(3, 20)))
# After the vocabulary, in the released order.
_NAMES = ("image", "img", "/img", "quad", "/quad", "ref", "/ref", "box", "/box", "video")
TRAILING = tuple(f"<{name}>" for name in _NAMES)
VOCAB_SIZE = 2560
# Words with the space before them, single digits, runs of signs, line breaks, spaces.
_WORDS = r" ?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+|\s*[\r\n]+|\s+(?!\S)|\s+"
_NUM_SAMPLES = 8000
_NUM_TITLES = 20_000
# The words that the chat template adds.
_TEMPLATE = Path(__file__).with_name("template_words.txt")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else assets.FOLDER.parent / "tokenizer"
    folder.mkdir(parents=True, exist_ok=True)
    train(_texts(), vocab_size=VOCAB_SIZE).save(str(folder / "tokenizer.json"))
    for name in ("tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(DEMO_MODEL / name, folder)


def train(texts: Iterable[str], *, vocab_size: int) -> Tokenizer:
    """A byte-level BPE of `vocab_size` entries, then the trailing special tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="isolated"),
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


def _special(token: str) -> AddedToken:
    return AddedToken(token, special=True, normalized=False)


def _texts() -> Iterator[str]:
    """The texts of the samples and further titles, so that rare words have pieces."""
    for seed in range(_NUM_SAMPLES):
        yield from _said(sample(seed))
    yield from [_TEMPLATE.read_text().rstrip()] * (_NUM_SAMPLES // 10)
    rng = Random(0)
    for _ in range(_NUM_TITLES):
        yield f'The title is "{words.title(rng, is_held_out=False)}".'


def _said(made: Sample) -> Iterator[str]:
    for message in made.messages:
        yield from texts_in(message)
        yield from [message["reasoning"]] if "reasoning" in message else ()
        yield from (json.dumps(call["function"]) for call in message.get("tool_calls", ()))
    yield from (json.dumps(tool["function"]) for tool in made.tools)


if __name__ == "__main__":
    main()
