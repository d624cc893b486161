"""A contact sheet of samples with what is said about them, to be looked at.

python -m tools.demo_model.preview sheet.png [--seed 0] [--count 12] [--split heldout]
                                   [--kind "bar chart"] [--labels]
"""

import argparse
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from tools.demo_model.classes import CLASSES
from tools.demo_model.conversation import answer_text
from tools.demo_model.mix import sample
from tools.demo_model.pictures.drawing.lettering import Cut, lettering
from tools.demo_model.sample import PATCH, PATCHES_PER_SIDE, Sample

_PICTURE, _TEXT_HEIGHT, _COLUMNS = 400, 230, 4
_FACE = Cut("DejaVuSans.ttf")


def main() -> None:
    args = _arguments()
    found = list(_chosen(args))
    rows = -(-len(found) // _COLUMNS)
    size = (_COLUMNS * _PICTURE, rows * (_PICTURE + _TEXT_HEIGHT))
    sheet = Image.new("RGB", size, (255, 255, 255))
    for index, (seed, made) in enumerate(found):
        left = index % _COLUMNS * _PICTURE
        top = index // _COLUMNS * (_PICTURE + _TEXT_HEIGHT)
        _draw_pictures(sheet, left, top, made, has_labels=args.labels)
        _write(sheet, left + 4, top + _PICTURE + 4, f"[{seed}] {_conversation(made)}")
    sheet.save(args.file)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Draws a contact sheet of samples.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--split", choices=("train", "heldout"), default="train")
    parser.add_argument("--kind", help="only samples of this kind")
    parser.add_argument("--labels", action="store_true", help="write each patch's classes on it")
    return parser.parse_args()


def _chosen(args: argparse.Namespace) -> Iterator[tuple[int, Sample]]:
    seed, left = args.seed, args.count
    while left:
        made = sample(seed, args.split)
        if args.kind in (None, made.kind):
            yield seed, made
            left -= 1
        seed += 1


def _draw_pictures(
    sheet: Image.Image, left: int, top: int, made: Sample, *, has_labels: bool
) -> None:
    side = _PICTURE if len(made.images) == 1 else _PICTURE // 2
    if len(made.images) > 4:
        side = _PICTURE // 3
    per_row = _PICTURE // side
    for index, (pixels, labels) in enumerate(zip(made.images, made.labels, strict=True)):
        image = Image.fromarray(pixels)
        if has_labels:
            _draw_labels(image, labels)
        at = (left + index % per_row * side, top + index // per_row * side)
        sheet.paste(image.resize((side - 4, side - 4)), at)


def _draw_labels(image: Image.Image, labels: np.ndarray) -> None:
    draw, face = ImageDraw.Draw(image), lettering(_FACE, 9)
    for patch, class_id in labels:
        x, y = patch % PATCHES_PER_SIDE * PATCH, patch // PATCHES_PER_SIDE * PATCH
        draw.rectangle((x, y, x + PATCH, y + PATCH), outline=(255, 0, 255))
        draw.text((x + 1, y + 2), CLASSES[class_id].split(" ", 1)[1][:3], (255, 0, 255), face.font)


def _write(sheet: Image.Image, left: int, top: int, text: str) -> None:
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, 62) or [""]]
    draw, face = ImageDraw.Draw(sheet), lettering(_FACE, 11)
    draw.multiline_text((left, top), "\n".join(lines[:16]), (0, 0, 0), face.font)


def _conversation(made: Sample) -> str:
    return "\n".join(f"{message['role'][0]}: {_spoken(message)}" for message in made.messages)


def _spoken(message: dict[str, Any]) -> str:
    if message["role"] == "assistant":
        return answer_text(message)
    content = message["content"]
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", f"<{part['type']}>") for part in content)


if __name__ == "__main__":
    main()
