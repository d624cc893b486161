"""Statistics as a table for a terminal, and as JSON together with the flags."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from nemotron_vl.cli.bench.statistics import Spread, Statistics

_COLUMNS = ("mean", "p50", "p90", "p99", "max")


def print_report(statistics: Statistics, console: Console) -> None:
    """Prints rates first, then the table of times, then errors."""
    s = statistics
    console.print(
        f"{s.num_succeeded} of {s.num_requests} requests succeeded in {s.duration_s:.2f} s: "
        f"{s.requests_per_s:.2f} requests/s, {s.output_tokens_per_s:.1f} output tokens/s"
    )
    console.print(
        f"{s.prompt_tokens} prompt tokens, {s.output_tokens} output tokens in {s.num_events} events"
    )
    for kind, number in s.errors.items():
        console.print(f"failed: {number} x {kind}", markup=False)
    table = Table(*("ms", *_COLUMNS))
    for column in table.columns[1:]:
        column.justify = "right"
    for name, spread in (
        ("first token", s.first_token_ms),
        ("inter-token, mean of a request", s.inter_token_ms),
        ("gap between events", s.gap_ms),
        ("end to end", s.end_to_end_ms),
    ):
        table.add_row(name, *_cells(spread))
    console.print(table)
    for kind, message in s.messages.items():
        # Text from the server: brackets in it are not markup.
        console.print(f"{kind}: {message}", markup=False, highlight=False, soft_wrap=True)


def write_json(path: Path, statistics: Statistics, args: argparse.Namespace) -> None:
    """Writes the statistics and the flags, except secrets."""
    flags = {name: value for name, value in vars(args).items() if _is_told(name, value)}
    text = json.dumps({"flags": flags, **asdict(statistics)}, indent=2, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def _cells(spread: Spread | None) -> list[str]:
    if spread is None:
        return ["-"] * len(_COLUMNS)
    return [f"{getattr(spread, column):.2f}" for column in _COLUMNS]


def _is_told(name: str, value: Any) -> bool:
    return name not in ("api_key", "rest") and not callable(value)
