"""Draws a contact sheet of samples with what is said about them, to be looked at.

python -m tools.demo_model.preview sheet.png [--seed 0] [--count 12] [--split heldout]
                                   [--kind "bar chart"]
"""

# pyright: reportMissingImports=false
# matplotlib is a requirement of what draws alone.

import argparse
import itertools
import textwrap
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from tools.demo_model.conversation import answer_text
from tools.demo_model.mix import sample
from tools.demo_model.sample import Sample, texts_in

_COLUMNS, _INCHES = 4, 5


def main() -> None:
    args = _arguments()
    made = ((seed, sample(seed, args.split)) for seed in itertools.count(args.seed))
    wanted = (pair for pair in made if args.kind in (None, pair[1].kind))
    rows = -(-args.count // _COLUMNS)
    figure = Figure(figsize=(_COLUMNS * _INCHES, rows * _INCHES * 1.4))
    for index, (seed, shown) in enumerate(itertools.islice(wanted, args.count), start=1):
        place = figure.add_subplot(rows, _COLUMNS, index)
        place.axis("off")
        place.set_anchor("N")
        place.set_title(f"[{seed}] {_conversation(shown)}", fontsize=9, loc="left", y=0, va="top")
        if shown.images:
            place.imshow(np.concatenate(shown.images, axis=1))
    figure.savefig(args.file, dpi=80, bbox_inches="tight")


def _conversation(shown: Sample) -> str:
    lines = [
        f"{message['role']}: {answer_text(message) if is_answer else ' '.join(texts_in(message))}"
        for message in shown.messages
        for is_answer in [message["role"] == "assistant"]
    ]
    return "\n".join("\n".join(textwrap.wrap(line, 58)[:4]) for line in lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Draws a contact sheet of samples.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--split", choices=("train", "heldout"), default="train")
    parser.add_argument("--kind", help="only samples of this kind")
    return parser.parse_args()


if __name__ == "__main__":
    main()
