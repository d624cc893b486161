"""Words, wordings and tables, which stand in data files and not in Python."""

import functools
import tomllib
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "data"


@functools.cache
def table(name: str) -> dict[str, Any]:
    """The data file of that name, read once: 'words', 'talk/charts/pie'."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
