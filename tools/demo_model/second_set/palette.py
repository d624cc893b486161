"""Colors of well-known palettes that everyone calls by the same name."""

from random import Random

from tools.demo_model.tables import table

_DATA = table("second_set")


def names(rng: Random, count: int) -> list[str]:
    """`count` different color names."""
    return rng.sample(list(_DATA["colors"]), count)


def value(rng: Random, name: str) -> str:
    return rng.choice(_DATA["colors"][name])


def ground(rng: Random) -> str:
    """A light color to draw on."""
    return rng.choice(_DATA["grounds"])
