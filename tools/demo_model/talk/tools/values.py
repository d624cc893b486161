"""Values for the arguments of tools, by the names that the data files call them."""

from collections.abc import Callable
from random import Random
from typing import Any

from tools.demo_model.catalog import words
from tools.demo_model.catalog.colors import COLORS

Value = str | int | float | bool


def draw_value(rng: Random, parameter: dict[str, Any]) -> Value:
    """One of the parameter's `values`, a whole number of its `range`, or a `value` by its name."""
    if "values" in parameter:
        return rng.choice(parameter["values"])
    if "range" in parameter:
        return rng.randint(*parameter["range"])
    return _DRAW_BY_NAME[parameter["value"]](rng)


def _place(rng: Random) -> str:
    pool = rng.choice((words.CITIES, words.CITIES, words.COUNTRIES))
    place = rng.choice(pool) if rng.random() < 0.8 else words.capitalized(rng)
    return f"{rng.choice(('New', 'San', 'Port', 'Saint'))} {place}" if rng.random() < 0.1 else place


def _name(rng: Random) -> str:
    return rng.choice(words.NAMES) if rng.random() < 0.5 else words.capitalized(rng)


def _full_name(rng: Random) -> str:
    name = rng.choice(words.NAMES)
    return f"{name} {words.capitalized(rng)}" if rng.random() < 0.3 else name


def _words(rng: Random, fewest: int, most: int) -> str:
    return " ".join(words.word(rng) for _ in range(rng.randint(fewest, most)))


def _title(rng: Random) -> str:
    return " ".join(words.capitalized(rng) for _ in range(rng.randint(1, 2)))


def _mail(rng: Random, ends: tuple[str, ...]) -> str:
    return f"{rng.choice(words.NAMES).lower()}@{words.word(rng)}.{rng.choice(ends)}"


_DRAW_BY_NAME: dict[str, Callable[[Random], Value]] = {
    "amount": lambda rng: rng.choice((rng.randint(2, 99), 50 * rng.randint(1, 20))),
    "city": lambda rng: rng.choice(words.CITIES),
    "clock": words.clock,
    "code": words.code,
    "color": lambda rng: rng.choice(COLORS),
    "full name": _full_name,
    "mail": lambda rng: _mail(rng, ("com", "org")),
    "lower mail": lambda rng: _mail(rng, ("com", "org", "net")).lower(),
    "measure": lambda rng: rng.choice((round(rng.uniform(0, 100), 1), rng.randint(1, 500))),
    "message": lambda rng: _words(rng, 2, 4).capitalize(),
    "minutes": lambda rng: rng.choice((rng.randint(2, 20), 5 * rng.randint(1, 18))),
    "name": _name,
    "phrase": lambda rng: _words(rng, 1, 3).lower(),
    "place": _place,
    "price limit": lambda rng: rng.choice((rng.randint(5, 900), round(rng.uniform(1, 99), 2))),
    "quantity": lambda rng: rng.randint(2, rng.choice((9, 20, 100))),
    "thing": lambda rng: rng.choice(rng.choice((words.PRODUCTS, words.BUSINESS))).lower(),
    "ticker": lambda rng: "".join(rng.choices("ABCDEFGHIKLMNOPRSTVXYZ", k=rng.randint(3, 4))),
    "title": _title,
    "word": lambda rng: words.word(rng).lower(),
}
