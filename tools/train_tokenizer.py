"""Trains the small tokenizer that the server ships, with the released one's special tokens.

    python tools/train_tokenizer.py [folder]

Needs no network: the text is Python's own documentation and made-up captions. The shipped files
come from Python 3.11; another version has other documentation and gives another vocabulary.
"""

import importlib
import inspect
import json
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from pydoc_data.topics import topics

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

FOLDER = Path(__file__).parents[1] / "inference_server" / "assets" / "demo_model"

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

DOCUMENTED = (
    "argparse",
    "asyncio",
    "calendar",
    "collections",
    "colorsys",
    "csv",
    "datetime",
    "decimal",
    "difflib",
    "email.message",
    "fractions",
    "functools",
    "html",
    "http.client",
    "itertools",
    "json",
    "logging",
    "math",
    "os",
    "pathlib",
    "pickle",
    "random",
    "re",
    "shutil",
    "statistics",
    "string",
    "textwrap",
    "threading",
    "turtle",
    "unittest",
    "urllib.parse",
    "zipfile",
)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    train([*documentation(), *captions(6000)], vocab_size=3072).save(str(folder / "tokenizer.json"))
    write_config(folder / "tokenizer_config.json")


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


def documentation() -> Iterator[str]:
    """Python's language reference and the docstrings of well-known modules."""
    yield from (topics[name] for name in sorted(topics))
    for name in DOCUMENTED:
        module = importlib.import_module(name)
        yield inspect.getdoc(module) or ""
        for _, member in sorted(inspect.getmembers(module, _has_docstring)):
            yield inspect.getdoc(member) or ""


def captions(count: int) -> Iterator[str]:
    """Sentences such as a captioner writes: shapes, colours, places, charts, tables, numbers."""
    generator = random.Random(0)
    choices = {name: text.split(", ") for name, text in FILLERS.items()}
    for _ in range(count):
        words = {name: generator.choice(texts) for name, texts in choices.items()}
        yield generator.choice(SENTENCES).format(
            **words,
            number=generator.randrange(1, 10_000),
            percent=generator.randrange(1, 100),
            year=generator.randrange(1990, 2030),
        )


SENTENCES = (
    "The image shows {count} {size} {colour} {shapes} {place} on a {other} background.",
    "A {colour} {shape} is {place}, next to a {size} {other} {shape}.",
    "There are {count} {shapes} in the picture: a {colour} one and a {other} one.",
    "This {chart} shows the {thing} for each month of {year}. It is highest in {month}.",
    "The {chart} has {count} {colour} bars and a legend {place}.",
    "The {thing} grew by {percent}% to {number} in {month} {year}, and fell to {number} later.",
    "The table has {count} rows and {count} columns; the header reads {thing}, {month}, {year}.",
    "In the second row of the table the {thing} is {number}, which is {percent} percent.",
    'A photograph of a {size} {colour} {shape} {place}. The text reads "{thing} {number}".',
    "What colour is the {shape} {place}? The {shape} is {colour}, not {other}.",
    "Caption the content of this image: a {size} {shape} with {colour} and {other} stripes.",
    "Describe the image in detail. It is a {chart} of {thing}, drawn in {colour} and {other}.",
    "Frame {count} sampled at {percent}.{percent} seconds: the {colour} {shape} moves {place}.",
    "An invoice from {month} {year} with a total of {number}.{percent} for {count} items.",
    "The video shows a {colour} {shape} that moves from the left side to the right side.",
)
FILLERS = {
    "colour": "red, orange, yellow, green, blue, purple, pink, brown, black, white, grey",
    "other": "cyan, magenta, turquoise, dark blue, light green, gold, silver, black, white",
    "shape": "circle, square, triangle, rectangle, star, line, arrow, ellipse, hexagon, cross",
    "shapes": "circles, squares, stars, dogs, cats, birds, cars, trees, houses, people, flowers, "
    "boats, planes, chairs, tables, cups, books, bottles, phones",
    "place": "in the centre, on the left, on the right, at the top, at the bottom, above the "
    "others, below the others, in the top left corner, in the bottom right corner, in front of a "
    "wall, behind a window",
    "thing": "revenue, number of users, average temperature, population, share of the market, "
    "total cost, price, energy used, sales by region, speed, profit and loss",
    "month": "January, February, March, April, May, June, July, August, September, October, "
    "November, December",
    "count": "one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, 1, 2, 3",
    "chart": "bar chart, line chart, pie chart, scatter plot, diagram, graph, flow chart, map",
    "size": "small, large, tiny, big, thin, thick, long, short, tall, round, filled, outlined",
}


def _special(token: str) -> AddedToken:
    return AddedToken(token, special=True, normalized=False)


def _has_docstring(member: object) -> bool:
    return (inspect.isclass(member) or inspect.isroutine(member)) and bool(inspect.getdoc(member))


if __name__ == "__main__":
    main()
