"""The tables of docs/limits.md, and how a value is spelled there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "docs/limits.md").read_text()

_UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_COLUMNS = ("Limit", "Default", "Setting", "Beyond it")


@dataclass(frozen=True, slots=True)
class Row:
    limit: str
    default: str
    setting: str
    beyond: str

    @property
    def flags(self) -> list[str]:
        """The flags of its settings."""
        return re.findall(r"`(--[\w-]+)`", self.setting)

    def has_value(self, value: float) -> bool:
        """Whether a cell has the number, in one of its spellings."""
        cells = f"{self.limit} | {self.default} | {self.beyond}"
        return any(
            re.search(rf"(?<![\d.,]){re.escape(text)}(?!\.?\d|,\d)", cells)
            for text in _spellings(value)
        )


def rows() -> list[Row]:
    """All rows of the tables of limits."""
    return [Row(*cells) for cells in _cells() if len(cells) == 4 and cells not in _heads()]


def reasons() -> dict[str, tuple[str, int]]:
    """The gRPC code and the HTTP status of each reason, as the table of reasons has them."""
    found = re.findall(r"^\| `([A-Z_]+)` \| ([A-Z_]+) \| (\d+) \|", TEXT, re.MULTILINE)
    return {reason: (code, int(status)) for reason, code, status in found}


def _heads() -> list[list[str]]:
    return [list(_COLUMNS), ["---"] * 4]


def _cells() -> Iterator[list[str]]:
    section = ""
    for line in TEXT.splitlines():
        section = line if line.startswith("#") else section
        if line.startswith("|") and section != "## How a refusal looks":
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def _spellings(value: float) -> Iterator[str]:
    if isinstance(value, float):
        yield f"{value:g}"
        return
    yield f"{value:,}"
    for unit, size in _UNITS.items():
        if value and value % size == 0:
            yield f"{value // size} {unit}"
