"""Colours of well-known palettes that everyone calls by the same name."""

from random import Random

_VALUES = {
    "red": ("#ff0000", "#d62728", "#dc143c", "#cc0000"),
    "orange": ("#ff7f0e", "#ff8c00", "#ffa500", "#f58518"),
    "yellow": ("#ffff00", "#ffe119", "#ffeb3b", "#ffd92f"),
    "green": ("#008000", "#2ca02c", "#228b22", "#32cd32"),
    "blue": ("#0000ff", "#1f77b4", "#4169e1", "#0050c8"),
    "purple": ("#800080", "#663399", "#7b1fa2", "#8a2be2"),
    "pink": ("#ff69b4", "#f781bf", "#ff8fb8"),
    "brown": ("#8b4513", "#8c564b", "#7b3f00", "#a0522d"),
    "black": ("#000000", "#101010"),
    "gray": ("#808080", "#7f7f7f", "#8c8c8c"),
}
_GROUNDS = ("#ffffff", "#fafafa", "#f5f0e1", "#eaf4fb", "#f0fff0", "#fff5f7")


def names(rng: Random, count: int) -> list[str]:
    """`count` different colour names."""
    return rng.sample(list(_VALUES), count)


def value(rng: Random, name: str) -> str:
    return rng.choice(_VALUES[name])


def ground(rng: Random) -> str:
    """A light colour to draw on."""
    return rng.choice(_GROUNDS)
