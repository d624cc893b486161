"""The types of the flags. A wrong value is refused with a sentence before any load runs."""

import os
from argparse import ArgumentTypeError
from math import inf
from pathlib import Path
from urllib.parse import urlsplit

# For drawn images: they are made in memory, and servers take no larger ones.
MAX_SIDE = 8192


def positive(text: str) -> int:
    """A whole number from 1."""
    return _whole(text, least=1)


def count(text: str) -> int:
    """A whole number from 0."""
    return _whole(text, least=0)


def above_zero(text: str) -> float:
    """A finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < inf:
        raise ArgumentTypeError(f"{text!r} is not a finite number above 0")
    return number


def size(text: str) -> tuple[int, int]:
    """Width and height of an image."""
    try:
        width, height = map(int, text.split("x"))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a size such as 640x480") from None
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise ArgumentTypeError(f"{text!r} has a side outside 1 to {MAX_SIDE}")
    return width, height


def http_url(text: str) -> str:
    """A URL that HTTP can go to."""
    try:
        parts = urlsplit(text)
        is_valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # impossible brackets or port
        is_valid = False
    if not is_valid:
        raise ArgumentTypeError(f"{text!r} is not an HTTP address")
    return text


def writable_file(text: str) -> Path:
    """A file that can be written, whether it exists or not."""
    path = Path(text)
    if path.is_dir():
        raise ArgumentTypeError(f"{text!r} is a folder")
    if not path.parent.is_dir():
        raise ArgumentTypeError(f"{text!r} is in a folder that does not exist")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ArgumentTypeError(f"{text!r} cannot be written")
    return path


def _whole(text: str, *, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
    return number
